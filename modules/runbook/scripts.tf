# What the steps of the module run: texts made of the files in scripts/.
locals {
  # What each step of the diagnosis begins with.
  diagnosis_parts = [
    "calls", "by_id", "reading", "lost", "diagnosis/finding", "diagnosis/subjects", "diagnosis/texts", "diagnosis/outputs",
  ]

  # What decides on a repair.
  repair_parts = [
    "calls", "by_id", "reading", "diagnosis/finding", "diagnosis/gone", "diagnosis/host_setting", "repair/repair_decision",
    "repair/repair_facts", "repair/repair_words", "repair/running_repairs",
  ]

  # Parts that are off: a file of the same name in scripts/off/ takes the place of each, and does nothing.
  off = {
    notify = [for part, is_off in {
      alarm          = var.mode == "digest"
      chat           = var.chat_topic_arn == ""
      diagnosed      = var.diagnosis == null
      diagnosis_text = var.diagnosis == null
      digest         = var.mode == "instance"
    } : part if is_off]
    report = [for part, is_off in { alarm = true, chat = var.chat_topic_arn == "", diagnosis_text = true } : part if is_off]
    remind = [for part, is_off in { alarm = true, chat = var.chat_topic_arn == "", diagnosis_text = true } : part if is_off]
  }

  # Its checks and its handler, by the step's name in lower case.
  diagnosis_checks = {
    machine = [
      "answers", "status_checks", "agent_versions", "agent_conditions", "system_log", "activations", "history", "changes", "diagnose_machine",
    ]
    identity = [
      "answers", "gone", "host_setting", "profiles", "trust", "agent_versions", "rights", "host_management", "read_identity",
      "diagnose_identity",
    ]
    network = [
      "addresses", "network", "paths", "read_network", "dns", "routes", "security_groups", "endpoint_policy", "endpoints",
      "acls", "diagnose_network",
    ]
  }

  # A step's script is one text: the files that it imports come before it.
  script_parts = merge(local.diagnosis_scripts, {
    aws_troubleshoot = ["calls", "diagnosis/aws_troubleshoot"]
    conclude         = ["conclude"]
    summarize = [
      "calls", "step_outputs", "diagnosis/finding", "diagnosis/checks", "diagnosis/texts", "diagnosis/step_findings",
      "diagnosis/summary", "diagnosis/summarize",
    ]
    look_up = var.mode == "instance" ? ["calls", "by_id", "reading", "details", "output_text", "look_up"] : ["calls", "by_id", "reading", "lost", "output_text", "look_up_several"]
    notify = concat(
      ["calls", "sending", "protocols", "by_id", "details", "output_text", "machines", "still_true", "look_closer", "causes"],
      var.mode == "digest" ? ["counting"] : [],
      ["totals", "diagnosis_text", "message", "digest", "alarm", "facts", "chat", "step_outputs", "diagnosed", "notify"],
    )
    publish = ["calls", "sending", "publish"]
    plan_repair = concat(local.repair_parts, [
      "step_outputs", "diagnosis/texts", "diagnosis/step_findings", "repair/plan_repair",
    ])
    act      = concat(local.repair_parts, ["output_text", "repair/act"])
    wait     = ["calls", "by_id", "reading", "output_text", "repair/wait_online"]
    evaluate = ["calls", "output_text", "repair/evaluate_again"]
    report = [
      "calls", "sending", "protocols", "by_id", "details", "output_text", "machines", "causes", "totals", "diagnosis_text", "message",
      "alarm", "facts", "chat", "step_outputs", "repair/report_repair",
    ]
    remind = [
      "calls", "sending", "protocols", "by_id", "details", "output_text", "machines", "still_true", "look_closer", "causes", "counting", "totals", "diagnosis_text", "message",
      "digest", "alarm", "facts", "chat", "still_open", "health", "reminder_message", "reminder_facts", "remind",
    ]
  })

  diagnosis_scripts = { for step, checks in local.diagnosis_checks : step => concat(local.diagnosis_parts, [for check in checks : "diagnosis/${check}"]) }

  # A document has at most 64 KB: without the lines that import other files, and without what is for readers of this
  # folder (docstrings, lines of comment, types in signatures, empty lines, wide indentation, an import in each file).
  script_lines = {
    for step, parts in local.script_parts : step => flatten([
      for part in parts : split("\n", replace(
        file("${path.module}/scripts/${contains(lookup(local.off, step, []), part) ? "off/" : ""}${part}.py"),
        "/(?s)(^|\n) *\"\"\"[^\n].*?\"\"\"|\n *# [^\n]*|(?m-s:^from (__future__|${join("|", [for each in parts : basename(each)])}) import (\\([^)]*\\)|.*)\n)/", "",
      ))
    ])
  }
  # Of the signatures, without what the function returns, and without types that are one word.
  without_types = {
    for line in distinct(flatten([for lines in local.script_lines : [for line in lines : trimspace(line)]])) : line => (
      can(regex("^def .*:$", line)) ? replace(replace(line, "/\\) -> .*:$/", "):"), "/: [A-Za-z]+([,)])/", "$1") : replace(line, "/^\\) -> .*:$/", "):")
    )
  }
  scripts = {
    for step, lines in local.script_lines : step => join("\n", concat(
      distinct([for line in lines : line if can(regex("^(from|import) ", line))]),
      [
        for line in lines : "${substr("          ", 0, (length(line) - length(trimspace(line))) / 4)}${local.without_types[trimspace(line)]}"
        if trimspace(line) != "" && !can(regex("^(from|import) ", line))
      ],
    ))
  }
}
