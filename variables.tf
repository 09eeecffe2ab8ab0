variable "evaluation" {
  description = <<-EOT
    When the fleet is checked, and what is reported:
    - `frequency`: how often Config runs the rule: `One_Hour`, `Three_Hours`, `Six_Hours`, `Twelve_Hours` or `TwentyFour_Hours`.
    - `interval_minutes`: also run the rule every so many minutes, 2 to 59, with EventBridge Scheduler; null: only as often as `frequency` says. With `report = "changes"`, only very short outages cost extra. Unconfirmed in a real account: that Scheduler knows Config's API by the name `config`, and that Config announces such a run to the function as a scheduled one.
    - `report`: `changes`: results that are new or have changed in compliance or cause; `all`: every result in every run, each of which Config charges for.
  EOT
  type = object({
    frequency        = optional(string, "One_Hour")
    interval_minutes = optional(number)
    report           = optional(string, "changes")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["changes", "all"], var.evaluation.report)
    error_message = "evaluation.report must be changes or all."
  }

  validation {
    condition     = contains(["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"], var.evaluation.frequency)
    error_message = "evaluation.frequency must be one of Config's frequencies: One_Hour, Three_Hours, Six_Hours, Twelve_Hours or TwentyFour_Hours."
  }

  validation {
    condition     = var.evaluation.interval_minutes == null ? true : contains(range(2, 60), var.evaluation.interval_minutes)
    error_message = "evaluation.interval_minutes must be a whole number from 2 to 59, since Config starts rules at most once a minute; leave it out for no schedule."
  }
}

variable "function" {
  description = <<-EOT
    The Lambda function that checks the fleet. The one that answers the runbook has the same `runtime`, `architecture`, `log_level` and `log_retention_days`:
    - `runtime`: `python3.11`, `python3.12`, `python3.13` or `python3.14`.
    - `architecture`: `arm64` or `x86_64`.
    - `memory_mb`: memory in MB, 128 to 10240.
    - `timeout_seconds`: how long one run may take, 3 to 900.
    - `concurrent_calls`: how many calls to AWS one run has in flight at most, 1 to 50; more is faster until the APIs throttle.
    - `log_level`: the least severe log line that is kept: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
    - `log_retention_days`: how long CloudWatch Logs keeps the log, one of its own numbers; `0`: for ever.
  EOT
  type = object({
    runtime            = optional(string, "python3.13")
    architecture       = optional(string, "arm64")
    memory_mb          = optional(number, 512)
    timeout_seconds    = optional(number, 300)
    concurrent_calls   = optional(number, 10)
    log_level          = optional(string, "INFO")
    log_retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13", "python3.14"], var.function.runtime)
    error_message = "function.runtime must be python3.11, python3.12, python3.13 or python3.14."
  }

  validation {
    condition     = contains(["arm64", "x86_64"], var.function.architecture)
    error_message = "function.architecture must be arm64 or x86_64."
  }

  validation {
    condition     = var.function.memory_mb >= 128 && var.function.memory_mb <= 10240 && floor(var.function.memory_mb) == var.function.memory_mb && contains(range(3, 901), var.function.timeout_seconds)
    error_message = "function.memory_mb must be a whole number from 128 to 10240, and function.timeout_seconds one from 3 to 900."
  }

  validation {
    condition     = var.function.concurrent_calls >= 1 && var.function.concurrent_calls <= 50 && floor(var.function.concurrent_calls) == var.function.concurrent_calls
    error_message = "function.concurrent_calls must be a whole number from 1 to 50."
  }

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.function.log_level)
    error_message = "function.log_level must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL."
  }

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.function.log_retention_days)
    error_message = "function.log_retention_days must be a retention that CloudWatch Logs has: 0 (for ever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "iam_path" {
  description = "Path of all IAM roles of the module; it begins and ends with a slash."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-z|~]+/)?$", var.iam_path)) && length(var.iam_path) <= 512
    error_message = "iam_path must begin and end with a slash, such as / or /monitoring/, and have at most 512 characters, without spaces and braces."
  }
}

variable "location" {
  description = <<-EOT
    Where the module's provider works, if the module must not look it up; null: it does. Give it if the module block has a `depends_on` (README, depends_on):
    - `account_id`: id of the AWS account.
    - `partition`: `aws`, `aws-cn`, `aws-us-gov` or another of AWS's partitions.
    - `region`: name of the Region.
  EOT
  type = object({
    account_id = string
    partition  = optional(string, "aws")
    region     = string
  })
  default = null

  validation {
    condition     = var.location == null ? true : can(regex("^[0-9]{12} aws(-[a-z]+)* [a-z]{2,}(-[a-z]+)+-[0-9]+$", "${var.location.account_id} ${var.location.partition} ${var.location.region}"))
    error_message = "location must have an account_id of 12 digits, a partition such as aws, and a region such as eu-central-1."
  }
}

variable "name" {
  description = "Name of the Config rule, the function that checks the fleet, the runbook and the topic; every other resource's name begins with it. Blocks in one account and Region need different names."
  type        = string
  default     = "ssm-agent-monitor"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,31}$", var.name)) && !can(regex("^(aws|amazon|amzn)", var.name))
    error_message = "name must begin with a lower-case letter and have 3 to 32 lower-case letters, digits and hyphens; it must not begin with aws, amazon or amzn: Systems Manager keeps such names of runbooks for itself."
  }
}

variable "notification" {
  description = <<-EOT
    Who gets an e-mail when an agent stops answering; null: no notifications, only the Config rule is created, and `runbook` has no effect:
    - `emails`: addresses that are subscribed to the module's topic; each gets a message with a link by which it confirms. Terraform shows them.
    - `named_emails`: the same by a name of your choice, for addresses that are sensitive or known only after apply: `{ on_call = var.address }`. The names are shown.
    - `topic`: an existing standard SNS topic, of this or another Region, that is used instead of one of the module's own, by its `arn`; its policy and its subscriptions are left alone, so there must be no `emails` and `named_emails`. If its policy or its KMS key names roles, it must let those of the outputs `responder_role_arn` and `automation_role_arn` publish.
    - `recovery`: whether to send an e-mail when the agent answers again, with the length of the outage.
    - `mode`: `digest`: one message for each run of the rule in which machines were lost or came back, for people; it needs no AWS Config recorder. `instance`: one message for each machine, when AWS Config announces its change, for incident tools that open one incident a machine.
    - `tag_keys`: keys of tags that the message shows, such as `["Owner", "Service"]`; at most 7.
    - `reminder_schedule`: when one message is sent about all machines that are still lost, and about the monitor if it has a problem: a `cron(…)` or `rate(…)` expression of EventBridge Scheduler; `""`: never. On a day with nothing to say there is no message.
    - `reminder_timezone`: time zone of a `cron(…)` expression, such as `Europe/Berlin`.
    - `guide_url`: your team's page for such alerts, an `https://` URL; it becomes the first link.
    - `chat`: `{}`: a second topic, `NAME-chat`, gets each message in the form that Amazon Q Developer in chat applications shows in a channel of Slack or Microsoft Teams; you connect the channel to it. null: none.
  EOT
  type = object({
    emails       = optional(list(string), [])
    named_emails = optional(map(string), {})
    topic        = optional(object({ arn = string }))
    recovery     = optional(bool, true)
    mode         = optional(string, "digest")
    tag_keys     = optional(list(string), [])
    guide_url    = optional(string, "")
    chat         = optional(object({}))

    reminder_schedule = optional(string, "cron(0 8 * * ? *)")
    reminder_timezone = optional(string, "UTC")
  })
  default = {}

  validation {
    condition     = contains(["digest", "instance"], try(var.notification.mode, "digest"))
    error_message = "notification.mode must be digest (one message for each run of the rule) or instance (one message for each machine)."
  }

  validation {
    condition     = try(length(distinct(var.notification.tag_keys)) == length(var.notification.tag_keys) && length(var.notification.tag_keys) <= 7, true)
    error_message = "notification.tag_keys must hold at most 7 keys, none of them twice."
  }

  # They become attributes of SNS messages, whose names take fewer characters than tag keys.
  validation {
    condition = alltrue([
      for key in try(var.notification.tag_keys, []) : can(regex("^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$", key)) && length(key) <= 128 && !can(regex("(?i)^(aws|amazon)\\.", key))
    ])
    error_message = "notification.tag_keys must hold tag keys of 1 to 128 letters, digits, hyphens, underscores and single periods inside: SNS takes no others as names of message attributes."
  }

  # Which fields of a cron expression Scheduler takes, modules/schedule checks.
  validation {
    condition     = can(regex("^(|cron\\(.*\\)|rate\\([1-9][0-9]* (minute|hour|day)s?\\))$", try(var.notification.reminder_schedule, "")))
    error_message = "notification.reminder_schedule must be an expression of EventBridge Scheduler, such as cron(0 8 * * ? *) or rate(1 day), or \"\" for no reminder."
  }

  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]*){1,2})$", try(var.notification.reminder_timezone, "UTC")))
    error_message = "notification.reminder_timezone must be UTC, or a time zone of the form Area/City, such as Europe/Berlin or America/Argentina/Buenos_Aires."
  }

  validation {
    condition     = try(var.notification.reminder_timezone, "UTC") == "UTC" || startswith(try(var.notification.reminder_schedule, ""), "cron(")
    error_message = "notification.reminder_timezone has an effect only if notification.reminder_schedule is a cron(…) expression: leave it out."
  }

  validation {
    condition     = contains(["", null], try(var.notification.guide_url, "")) ? true : can(regex("^https://[!-~]{1,400}$", var.notification.guide_url)) && !can(regex("[{}\"]", var.notification.guide_url))
    error_message = "notification.guide_url must be a URL that begins with https://, without spaces, quotes and braces, and of at most 400 characters."
  }

  validation {
    condition     = alltrue([for email in concat(try(var.notification.emails, []), try(values(var.notification.named_emails), [])) : can(regex("^[^@\\s<>,;]+@[^@\\s<>,;.]+(\\.[^@\\s<>,;.]+)+$", email))])
    error_message = "notification.emails and named_emails must hold plain e-mail addresses, such as on-call@example.com."
  }

  validation {
    condition = length(distinct([
      for email in concat(try(var.notification.emails, []), try(values(var.notification.named_emails), [])) : lower(email)
    ])) == length(try(var.notification.emails, [])) + length(try(var.notification.named_emails, {}))
    error_message = "notification.emails and named_emails must not hold an address twice."
  }

  validation {
    condition     = try(var.notification.topic, null) == null ? true : length(var.notification.emails) + length(var.notification.named_emails) == 0
    error_message = "notification.emails and named_emails must be empty when notification.topic is given: the subscriptions of an existing topic are left alone."
  }

  validation {
    condition     = try(var.notification.topic, null) == null ? true : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.notification.topic.arn))
    error_message = "notification.topic.arn must be the ARN of a standard SNS topic, such as arn:aws:sns:eu-central-1:111122223333:on-call: a FIFO topic has no e-mail subscriptions."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the IAM policy that is the permissions boundary of all roles of the module; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/boundary."
  }
}

variable "recorder" {
  description = <<-EOT
    Creates AWS Config's recorder. Leave null if the account already has one in this Region: AWS allows one, and under Control Tower there always is one.
    - `resource_types`: types that are recorded; null: those that the rule needs: `AWS::EC2::Instance`, and with `scope.hybrid_nodes` also `AWS::SSM::ManagedInstanceInventory`.
    - `bucket`: an existing bucket for deliveries, by its `name` and optionally a `key_prefix`; the module does not change it. null: the module makes one that is private, encrypted and versioned.
    - `retention_days`: days after which what was delivered to the module's own bucket expires; earlier versions go 30 days later.
    - `force_destroy`: whether destroying the module's own bucket deletes what is in it.
  EOT
  type = object({
    resource_types = optional(list(string))
    bucket         = optional(object({ name = string, key_prefix = optional(string) }))
    retention_days = optional(number, 365)
    force_destroy  = optional(bool, false)
  })
  default = null

  validation {
    condition     = try(var.recorder.resource_types, null) == null ? true : length(var.recorder.resource_types) > 0 && alltrue([for type in var.recorder.resource_types : can(regex("^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$", type))])
    error_message = "recorder.resource_types must hold at least one of Config's resource types, such as AWS::EC2::Instance; leave it out to record those that the rule needs."
  }

  validation {
    condition     = try(var.recorder.bucket, null) == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.recorder.bucket.name))
    error_message = "recorder.bucket.name must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens."
  }

  validation {
    condition     = try(var.recorder.bucket.key_prefix, null) == null ? true : can(regex("^[^/](.*[^/])?$", var.recorder.bucket.key_prefix))
    error_message = "recorder.bucket.key_prefix must not be empty and must neither begin nor end with a slash."
  }

  validation {
    condition     = try(var.recorder.retention_days >= 1 && floor(var.recorder.retention_days) == var.recorder.retention_days, true)
    error_message = "recorder.retention_days must be a whole number of at least 1."
  }
}

variable "repair" {
  description = <<-EOT
    Lets the runbook repair a machine whose SSM Agent does not answer; only with `notification.mode = "instance"` (docs/repair.md). null: it never does.
    - `mode`: `preview`: the message says what a repair would do, and nothing is done. `act`: it is done.
    - `tag`: `key` and `value` of the tag that a machine must have. Whoever may set the tag can have the machine repaired.
    - `instance_profile`: the instance profile that is attached where there is none, by its `name`, and `role_arn`, the ARN of the role in it. null: none is attached.
    - `reboot`: whether a machine may be rebooted of which nothing is found broken that a reboot does not mend.
    - `max_concurrent`: how many repairs may run at once, 1 to 50.
    - `cooldown_hours`: how long after a repair a machine is not repaired again, 1 to 720.
    - `approver_arns`: at most 10 IAM users or roles, by ARN or user name, one of whom must approve each repair within an hour; `[]`: nobody needs to.
  EOT
  type = object({
    mode             = optional(string, "preview")
    tag              = object({ key = string, value = string })
    instance_profile = optional(object({ name = string, role_arn = string }))
    reboot           = optional(bool, false)
    max_concurrent   = optional(number, 5)
    cooldown_hours   = optional(number, 24)
    approver_arns    = optional(list(string), [])
  })
  default = null

  validation {
    condition     = contains(["preview", "act"], try(var.repair.mode, "preview"))
    error_message = "repair.mode must be preview (the message says what would be done) or act (it is done)."
  }

  # IAM and EC2 would take *, ? and \ for more than themselves, and Automation two braces for a variable.
  validation {
    condition     = var.repair == null ? true : can(regex("^[^*?\\\\{}]{1,128}$", var.repair.tag.key)) && trimspace(var.repair.tag.key) != "" && !can(regex("(?i)^aws:", var.repair.tag.key))
    error_message = "repair.tag.key must have 1 to 128 characters, not only spaces, without *, ?, \\ and braces, and must not begin with aws:, which AWS keeps for itself."
  }

  validation {
    condition     = var.repair == null ? true : can(regex("^[^*?\\\\{}]{1,256}$", var.repair.tag.value)) && trimspace(var.repair.tag.value) != ""
    error_message = "repair.tag.value must have 1 to 256 characters, not only spaces, without *, ?, \\ and braces."
  }

  validation {
    condition     = try(var.repair.instance_profile, null) != null || try(coalesce(var.repair.reboot, false), var.repair == null)
    error_message = "repair must say what may be done: set repair.instance_profile, repair.reboot = true, or both."
  }

  validation {
    condition     = try(var.repair.instance_profile, null) == null ? true : can(regex("^[A-Za-z0-9_+=,.@-]{1,128}$", var.repair.instance_profile.name))
    error_message = "repair.instance_profile.name must be the name of an instance profile, not its ARN or path: 1 to 128 letters, digits and _+=,.@-."
  }

  validation {
    condition     = try(var.repair.instance_profile, null) == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[!-)+->@-z|~]+$", var.repair.instance_profile.role_arn))
    error_message = "repair.instance_profile.role_arn must be the ARN of the role in the instance profile, such as arn:aws:iam::111122223333:role/machines: EC2 asks whether the runbook may pass it."
  }

  validation {
    condition     = var.repair == null ? true : contains(range(1, 51), var.repair.max_concurrent) && contains(range(1, 721), var.repair.cooldown_hours)
    error_message = "repair.max_concurrent must be a whole number from 1 to 50, and repair.cooldown_hours one from 1 to 720."
  }

  validation {
    condition = length(try(var.repair.approver_arns, [])) <= 10 && alltrue([
      for approver in try(var.repair.approver_arns, []) :
      can(regex("^(arn:[a-z-]+:(iam::[0-9]{12}:(user|role)|sts::[0-9]{12}:assumed-role)/[!-)+->@-z|~]+|[A-Za-z0-9_+=,.@-]{1,64})$", approver))
    ])
    error_message = "repair.approver_arns must hold at most 10 approvers, each the ARN of an IAM user or role, or an IAM user's name."
  }
}

variable "runbook" {
  description = <<-EOT
    What the runbook does besides sending messages; it has no effect when `notification` is null:
    - `diagnosis`: whether it looks for the cause before the message is sent: at the machine, its role and its network, of at most 10 machines of a message. It only reads (docs/diagnosis.md).
    - `steps`: YAML text, a list of SSM Automation `mainSteps` as AWS documents them. They run before the message is sent. If they fail, it is sent anyway.
    - `policy_documents`: IAM policies that the steps need, each as JSON text, such as `data.aws_iam_policy_document.steps.json`.
  EOT
  type = object({
    diagnosis         = optional(bool, true)
    steps             = optional(string, "[]")
    policy_documents  = optional(list(string), [])
    policy_statements = optional(any)
  })
  default  = {}
  nullable = false

  # Of release 0.1.0. Terraform would drop what the type does not have, and the steps would lose their permissions.
  validation {
    condition     = var.runbook.policy_statements == null
    error_message = "runbook.policy_statements is now runbook.policy_documents: a list of policies as JSON text, such as [data.aws_iam_policy_document.steps.json]."
  }
}

variable "scope" {
  description = <<-EOT
    Which machines are checked, and how soon they are reported:
    - `include_tags`: tag keys, each with a list of values: an instance is checked only if it has every key with one of the key's values. `*` in a value stands for any text, `[]` for any value. Keys and values are case-sensitive.
    - `exclude_tags`: the same: an instance that has one of the keys with one of its values is not checked. Exclusion wins.
    - `platforms`: `linux`, `windows` or `macos`, as Systems Manager knows the machine; if it has never registered, as EC2 does, for which a Mac is `linux`. null: all.
    - `hybrid_nodes`: whether registered machines outside EC2 (`mi-…`) are checked too; nobody can tell a lost one from one that is switched off. Tags do not matter to them, `platforms` and `grace_minutes` do. Unconfirmed: that Config takes results on nodes that it has never recorded, and tells EventBridge of their changes; its guide does not say so.
    - `grace_minutes`: 0 to 1440: a machine that does not answer is reported only if it started, and last pinged, more than this many minutes ago; `0` turns the delay off.
    - `silence_tag`: key of a tag whose value is the UTC time until which the instance is not checked, such as `2030-01-31T08:00:00Z`; null: none. Whoever may set the tag can mute the instance.
  EOT
  type = object({
    include_tags  = optional(map(list(string)), {})
    exclude_tags  = optional(map(list(string)), {})
    platforms     = optional(list(string))
    hybrid_nodes  = optional(bool, false)
    grace_minutes = optional(number, 15)
    silence_tag   = optional(string)
  })
  default  = {}
  nullable = false

  # EC2's filter by key would take *, ? and \ for more than themselves.
  validation {
    condition = alltrue([
      for key in concat(keys(var.scope.include_tags), keys(var.scope.exclude_tags)) : can(regex("^[^*?\\\\]{1,128}$", key))
    ])
    error_message = "scope.include_tags, scope.exclude_tags: a key must have 1 to 128 characters, without *, ? and \\; only values may hold a *."
  }

  validation {
    condition = alltrue([
      for values in concat(values(var.scope.include_tags), values(var.scope.exclude_tags)) :
      try(alltrue([for value in values : length(value) <= 256]), false)
    ])
    error_message = "scope.include_tags, scope.exclude_tags: each key needs a list of texts of at most 256 characters; [] is any value."
  }

  validation {
    condition     = try(length(var.scope.platforms) > 0 && alltrue([for platform in var.scope.platforms : contains(["linux", "windows", "macos"], platform)]), var.scope.platforms == null)
    error_message = "scope.platforms must hold linux, windows or macos, at least one of them; leave it out to check all."
  }

  validation {
    condition     = var.scope.grace_minutes >= 0 && var.scope.grace_minutes <= 1440 && floor(var.scope.grace_minutes) == var.scope.grace_minutes
    error_message = "scope.grace_minutes must be a whole number from 0 to 1440."
  }

  validation {
    condition     = var.scope.silence_tag == null ? true : can(regex("^[^*?\\\\]{1,128}$", var.scope.silence_tag)) && trimspace(var.scope.silence_tag) != "" && !can(regex("(?i)^aws:", var.scope.silence_tag))
    error_message = "scope.silence_tag must be a tag's key of 1 to 128 characters, not only spaces, without *, ? and \\, that does not begin with aws:, which AWS keeps for itself."
  }
}

variable "tags" {
  description = "Tags of every resource that takes tags. Keys and values must be what all of the services take: letters, digits, spaces and `_.:/=+-@`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50
    error_message = "tags: AWS allows 50 tags on a resource, and these are ${length(var.tags)}."
  }

  validation {
    condition     = alltrue([for key in keys(var.tags) : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$", key)) && !can(regex("(?i)^aws:", key))])
    error_message = "tags: ${join(", ", [for key in keys(var.tags) : key if !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$", key)) || can(regex("(?i)^aws:", key))])}: a key must have 1 to 128 characters, letters, digits, spaces and _.:/=+-@ only, and must not begin with aws:, which AWS keeps for itself."
  }

  validation {
    condition     = alltrue([for value in values(var.tags) : can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", value))])
    error_message = "tags: ${join(", ", [for key, value in var.tags : key if !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", value))])}: a value must have at most 256 characters, letters, digits, spaces and _.:/=+-@ only."
  }

  validation {
    condition     = length(distinct([for key in keys(var.tags) : lower(key)])) == length(var.tags)
    error_message = "tags: IAM does not tell upper from lower case in keys, so that two keys may not differ in that alone: ${join(", ", keys(var.tags))}."
  }
}
