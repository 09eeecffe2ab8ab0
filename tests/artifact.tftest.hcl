# The zip that is deployed is the one that the manifest describes, made from the sources that are here.

mock_provider "aws" { source = "./tests/mocks" }

run "artifact" {
  command = plan

  variables {
    notification = null
  }

  assert {
    condition = merge(
      { for path in fileset("lambda_src", "ssm_agent_monitor/**/*.{py,json}") : path => filesha256("lambda_src/${path}") },
      { "ssm_agent_monitor.zip" = output.artifact_sha256 },
      ) == merge(
      jsondecode(file("lambda_src/dist/manifest.json")).members,
      { (jsondecode(file("lambda_src/dist/manifest.json")).zip.name) = jsondecode(file("lambda_src/dist/manifest.json")).zip.sha256 },
    )
    error_message = "The sources or the zip are not those that lambda_src/dist/manifest.json lists: run make package."
  }
}
