# The user's steps, with what keeps the message safe. Their shape is checked where they come in: variables.tf of the root.
locals {
  given_steps     = yamldecode(var.steps)
  user_step_names = [for step in local.given_steps : step.name]

  user_steps = [
    for index, step in local.given_steps : merge(
      { for key, value in step : key => value if value != null },
      {
        # A denied aws:approve stops an automation in spite of "Continue", but not in spite of a step's name.
        onFailure  = "step:${concat(local.user_step_names, ["Compose"])[index + 1]}"
        nextStep   = concat(local.user_step_names, ["Compose"])[index + 1]
        isCritical = false
      },
      # aws:sleep ends by itself, and its length counts in the sum that the root checks.
      [for default in [{ timeoutSeconds = 300 }] : default if try(step.timeoutSeconds, null) == null && step.action != "aws:sleep"]...
    )
  ]
}
