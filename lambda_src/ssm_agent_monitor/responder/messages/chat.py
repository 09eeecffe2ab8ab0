"""The same message for a chat channel: a custom notification of Amazon Q Developer in chat applications.

Its form: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. The service drops whatever
has another one, without a word. It names no limits: what is sent is far below those of chat clients.
"""

from __future__ import annotations

from typing import Any

DETAILS = 2_500
"""Characters."""

# What chat clients would take for a mention, a link or the end of a block of code.
PLAIN = str.maketrans("<>`", "()'")


def notification_of(subject: str, text: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The custom notification: the first sentences as they are, the rest as a block, the links as next steps.

    All that is about one machine is one thread, and so is all that is about several.
    """
    first, _, rest = text.translate(PLAIN).partition("\nLINKS\n")[0].partition("\n\n")
    if len(rest) > DETAILS:
        rest = rest[:DETAILS].rpartition("\n")[0] + "\n... the rest is in the e-mail"
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": subject.translate(PLAIN),
            "description": f"{first.strip()}\n```\n{rest.strip()}\n```" if rest else first.strip(),
            "nextSteps": [f"{name.capitalize()}: {link}" for name, link in facts["links"].items()],
        },
        "metadata": {
            "threadId": facts["key"],
            "summary": subject,
            "eventType": f"ssm-agent-{facts['kind']}",
            "relatedResources": [machine["id"] for machine in facts["machines"][:10]],
            "additionalContext": {name: facts[name] for name in ("account", "region", "status", "cause")},
        },
    }
