# What is wrong with a cron expression, each in one sentence that names the field. The form of rates is simple: it is
# checked where the input is. Only the reminder's comes from an input.
locals {
  # split() of no cron expression gives one field, which is then not looked at.
  is_cron     = can(regex("^cron\\(.*\\)$", var.schedule_expression))
  cron_fields = split(" ", trimsuffix(trimprefix(var.schedule_expression, "cron("), ")"))

  # As EventBridge Scheduler takes them: numbers or names, and what else may stand in a field's list.
  cron_rules = [
    { field = "minutes", number = "0?[0-9]|[1-5][0-9]", others = "[*]", takes = "0 to 59" },
    { field = "hours", number = "0?[0-9]|1[0-9]|2[0-3]", others = "[*]", takes = "0 to 23" },
    { field = "day of the month", number = "0?[1-9]|[12][0-9]|3[01]", others = "[*?]|LW?|L-[0-9]+|[0-9]+W", takes = "1 to 31, ?, L or W" },
    { field = "month", number = "0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", others = "[*]", takes = "1 to 12 or JAN to DEC" },
    { field = "day of the week", number = "[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT", others = "[*?]|([1-7]|[A-Z]{3})?L|([1-7]|[A-Z]{3})#[1-5]", takes = "1 to 7 or SUN to SAT, ?, L or #" },
    { field = "year", number = "19[7-9][0-9]|2[01][0-9][0-9]", others = "[*]", takes = "1970 to 2199" },
  ]

  number_problems = !local.is_cron || length(local.cron_fields) == 6 ? [] : [
    "it has ${length(local.cron_fields)} fields, and must have 6, with one space between them: ${join(", ", local.cron_rules[*].field)}."
  ]

  # A list of numbers, ranges and steps.
  field_problems = !local.is_cron || length(local.cron_fields) != 6 ? [] : [
    for index, rule in local.cron_rules :
    "${rule.field} must be ${rule.takes}, in lists (,), ranges (-) and steps (/), or *; not ${local.cron_fields[index]}."
    if !alltrue([
      for part in split(",", upper(local.cron_fields[index])) :
      can(regex("^(${rule.others}|((${rule.number})(-(${rule.number}))?|[*])(/[1-9][0-9]*)?)$", part))
    ])
  ]

  day_problems = !local.is_cron || length(local.cron_fields) != 6 ? [] : (
    length([for index in [2, 4] : index if local.cron_fields[index] == "?"]) == 1 ? [] : ["either day of the month or day of the week must be ?, the other one not."]
  )

  schedule_problems = [
    for problem in concat(local.number_problems, local.field_problems, local.day_problems) :
    "notification.reminder_schedule: ${var.schedule_expression}: ${problem}"
  ]
}
