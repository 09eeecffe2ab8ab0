# What the steps of the module run: texts made of the files in scripts/.
locals {
  # A step's script is one text: the files that it imports come before it.
  script_parts = {
    conclude = ["conclude"]
    look_up  = var.mode == "instance" ? ["calls", "machines", "look_up"] : ["calls", "machines", "still_true", "look_up_several"]
    notify = [
      "calls", "sending", "machines", "still_true", "look_closer", "causes", "totals", "message", "digest", "facts",
      "chat", "step_outputs", "notify",
    ]
    publish = ["calls", "sending", "publish"]
    remind = [
      "calls", "sending", "machines", "still_true", "look_closer", "causes", "totals", "message", "digest", "facts",
      "chat", "still_open", "health", "reminder_message", "reminder_facts", "remind",
    ]
  }

  # A document has at most 64 KB: without the lines that import other files, and without what is for readers of this
  # folder (docstrings, lines of comment, empty lines, wide indentation, an import in each file).
  script_lines = {
    for step, parts in local.script_parts : step => flatten([
      for part in parts : split("\n", replace(
        file("${path.module}/scripts/${part}.py"),
        "/(?s)(^|\n) *\"\"\"[^\n].*?\"\"\"|\n *# [^\n]*|(?m-s:^from (__future__|${join("|", [for each in parts : basename(each)])}) import (\\([^)]*\\)|.*)\n)/", "",
      ))
    ])
  }
  scripts = {
    for step, lines in local.script_lines : step => join("\n", concat(
      distinct([for line in lines : line if can(regex("^(from|import) ", line))]),
      [
        for line in lines : "${substr("          ", 0, (length(line) - length(trimspace(line))) / 4)}${trimspace(line)}"
        if trimspace(line) != "" && !can(regex("^(from|import) ", line))
      ],
    ))
  }
}
