# What is wrong with the user's steps, each in one sentence that names the step and the key.
locals {
  # jsonencode shows what YAML made of a value: a list, a map, a text, or a number or truth value where a text was meant.
  decoded_steps = try(yamldecode(var.steps), null)
  steps_are     = substr(jsonencode(local.decoded_steps), 0, 1)
  step_list     = try([for step in local.decoded_steps : step if local.steps_are == "["], [])

  step_titles = [for index, step in local.step_list : try(coalesce(tostring(step.name)), "number ${index + 1}")]

  # The outputs of LookUp are public: users' steps refer to them (docs/user-steps.md).
  look_up_outputs_by_mode = {
    digest = { StillLost = "StringList", StillLostCount = "String", Causes = "StringList", Problem = "String" }
    instance = {
      for name in ["InstanceName", "InstanceState", "PingStatus", "LastPing", "AgentVersion", "Platform", "Cause", "Problem"] : name => "String"
    }
  }
  look_up_outputs = local.look_up_outputs_by_mode[var.mode]

  # What steps may refer to in the other mode only, and what they do refer to of it, by step.
  missing_names = concat(var.mode == "digest" ? ["InstanceId"] : [], [
    for name in setsubtract(keys(merge(values(local.look_up_outputs_by_mode)...)), keys(local.look_up_outputs)) : "LookUp.${name}"
  ])
  missing_references = [
    for step in local.step_list : [
      for name in local.missing_names : "{{ ${name} }}" if can(regex("\\{\\{(\\s|\\\\t)*${name}(\\s|\\\\t)*\\}\\}", jsonencode(step)))
    ]
  ]
  missing_reference_advice = var.mode == "instance" ? (
    "use {{ InstanceId }}, or set notification.mode = \"digest\""
    ) : (
    "the steps run once for up to 50 machines: use the lists {{ InstanceIds }} or {{ LookUp.StillLost }}, or set notification.mode = \"instance\""
  )

  module_steps = ["LookUp", "Route", "Notify", "RouteNotified", "Approve", "NotApproved", "Repair", "RepairFailed", "PublishSentence", "PublishSentenceElsewhere"]

  shape_problems = compact([
    local.steps_are == "[" ? "" : can(local.decoded_steps.mainSteps) ?
    "runbook.steps is a whole document: paste only the list below its mainSteps." :
    can(local.decoded_steps.action) ?
    "runbook.steps is a single step, not a list: paste it with a dash before its first key, and the other keys indented by two spaces." :
    "runbook.steps must be YAML text that is a list of steps, such as file(\"$${path.module}/steps.yaml\")."
  ])

  each_step_problems = flatten([
    for index, step in local.step_list : [
      for problem in compact([
        !can(regex("^\"[a-zA-Z0-9_]{3,128}\"$", jsonencode(step.name))) ?
        "name must be a text of 3 to 128 letters, digits and underscores" : "",
        contains(local.module_steps, try(coalesce(step.name), "")) ?
        "name is that of a step of the module (${join(", ", local.module_steps)}): choose another one" : "",
        try(length([for other in local.step_list : other if other.name == step.name]) > 1, false) ?
        "name is used by more than one step" : "",
        !can(regex("^\"aws:[a-zA-Z]+\"$", jsonencode(step.action))) ?
        "action must begin with aws:, such as aws:executeAwsApi" : "",
        contains(["aws:branch", "aws:loop", "aws:pause"], try(coalesce(step.action), "")) ?
        "action ${try(coalesce(step.action), "")} is not allowed, since it could keep the message from being published" : "",
        !startswith(jsonencode(try(step.inputs, null)), "{") ?
        "inputs must be a mapping" : "",
        can(step.nextStep) ?
        "nextStep is not allowed: steps run in the order of the list" : "",
        can(step.onCancel) ?
        "onCancel is not allowed: no step of an automation that is cancelled publishes the message" : "",
        try(coalesce(step.action), "") == "aws:approve" && try(step.timeoutSeconds, null) == null ?
        "timeoutSeconds is missing: without it, aws:approve waits for 7 days" : "",
        try(step.timeoutSeconds, null) != null && !can(regex("^[1-9][0-9]*$", jsonencode(step.timeoutSeconds))) ?
        "timeoutSeconds must be a whole number of at least 1, not ${jsonencode(try(step.timeoutSeconds, null))}" : "",
        try(step.maxAttempts, null) != null && !can(regex("^[1-9][0-9]*$", jsonencode(step.maxAttempts))) ?
        "maxAttempts must be a whole number of at least 1, not ${jsonencode(try(step.maxAttempts, null))}" : "",
        try(coalesce(step.action), "") == "aws:sleep" && !can(regex("^PT([0-9]+H([0-9]+M)?([0-9]+S)?|[0-9]+M([0-9]+S)?|[0-9]+S)$", step.inputs.Duration)) ?
        "Duration must be in hours, minutes and seconds, such as PT5M" : "",
        length(local.missing_references[index]) > 0 ?
        "with notification.mode = \"${var.mode}\" there is no ${join(", ", local.missing_references[index])}: ${local.missing_reference_advice}" : "",
      ]) : "runbook.steps: step ${local.step_titles[index]}: ${problem}."
    ]
  ])

  # A step without timeoutSeconds gets 300; each attempt has the whole time.
  step_seconds = [
    for step in local.step_list : try(
      step.action == "aws:sleep"
      ? sum([for part in regexall("([0-9]+)([HMS])", step.inputs.Duration) : tonumber(part[0]) * { H = 3600, M = 60, S = 1 }[part[1]]])
      : coalesce(try(step.timeoutSeconds, null), 300) * coalesce(try(step.maxAttempts, null), 1),
      0,
    )
  ]
  all_steps_seconds = sum(concat([0], local.step_seconds))

  sum_problems = local.all_steps_seconds <= 1800 ? [] : [
    "runbook.steps: the steps may take at most 1800 seconds in total, and these may take ${local.all_steps_seconds} (${join(", ", [
      for index, title in local.step_titles : "${title} ${local.step_seconds[index]}"
    ])}): lower timeoutSeconds (300 without one), maxAttempts or Duration."
  ]

  step_problems = concat(local.shape_problems, local.each_step_problems, local.sum_problems)
}
