# What the steps of the module run: texts made of the files in scripts/.
locals {
  # A step's script is one text: the files that it imports come before it, without the lines that import them, and
  # without docstrings and lines of comment, which are for readers of this folder. A document has at most 64 KB: the
  # lists in its template begin at the margin, and scripts are indented by as little as YAML lets them.
  script_parts = {
    conclude = ["conclude"]
    look_up  = ["calls", "machines", "look_up"]
    notify   = ["calls", "machines", "still_true", "causes", "message", "facts", "notify"]
    publish  = ["calls", "publish"]
    remind = [
      "calls", "machines", "still_true", "causes", "message", "facts",
      "still_open", "health", "reminder_message", "reminder_facts", "remind",
    ]
  }
  scripts = {
    for step, parts in local.script_parts : step => join("\n\n", [
      for part in parts : trimspace(replace(
        file("${path.module}/scripts/${part}.py"),
        "/(?s)(^|\n) *\"\"\"[^\n].*?\"\"\"|\n *# [^\n]*|(?m-s:^from (__future__|${join("|", parts)}) import .*\n)/", "",
      ))
    ])
  }
}
