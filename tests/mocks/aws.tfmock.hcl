# What the provider would answer, where a made-up text would not do: it must be an ARN, JSON or a known name.

mock_data "aws_caller_identity" { defaults = { account_id = "111122223333" } }
mock_data "aws_partition" { defaults = { partition = "aws", dns_suffix = "amazonaws.com" } }
mock_data "aws_region" { defaults = { id = "eu-central-1", name = "eu-central-1" } }

mock_resource "aws_config_config_rule" {
  defaults = {
    arn     = "arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-abcdef"
    rule_id = "config-rule-abcdef"
  }
}

mock_resource "aws_iam_role" { defaults = { arn = "arn:aws:iam::111122223333:role/mocked" } }
mock_resource "aws_lambda_function" { defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:mocked" } }
mock_resource "aws_sns_topic" { defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:mocked" } }
mock_resource "aws_sqs_queue" { defaults = { arn = "arn:aws:sqs:eu-central-1:111122223333:mocked" } }
mock_resource "aws_ssm_document" { defaults = { arn = "arn:aws:ssm:eu-central-1:111122223333:document/mocked" } }
