# The user's steps, with what keeps the message safe.
locals {
  # Empty while something is wrong with them: the problems are then what the plan says.
  given_steps     = [for step in local.step_list : step if length(local.step_problems) == 0]
  user_step_names = [for step in local.given_steps : step.name]

  user_steps = [
    for index, step in local.given_steps : merge(
      { for key, value in step : key => value if value != null && key != "isEnd" },
      {
        # A denied aws:approve stops an automation in spite of "Continue", but not in spite of a step's name.
        onFailure  = "step:${concat(local.user_step_names, ["Notify"])[index + 1]}"
        nextStep   = concat(local.user_step_names, ["Notify"])[index + 1]
        isCritical = false
      },
      # aws:sleep ends by itself, and its length counts in the sum of all steps.
      [for default in [{ timeoutSeconds = 300 }] : default if try(step.timeoutSeconds, null) == null && step.action != "aws:sleep"]...
    )
  ]
}
