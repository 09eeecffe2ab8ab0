"""The same message for a chat channel: a custom notification of Amazon Q Developer in chat applications.

Its form: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. The service drops whatever
has another one, without a word. It names no limits: what is sent is far below those of chat clients.
"""

from __future__ import annotations

from ssm_agent_monitor.responder.messages.report import Report
from ssm_agent_monitor.responder.messages.subject import subject_of
from ssm_agent_monitor.responder.messages.text import text_of

CHARACTERS = 2_500
"""The most that the block has."""
MOST_RESOURCES = 10

PLAIN = str.maketrans("<>`", "()'")
"""What chat clients would take for a mention, a link or the end of a block of code."""


def notification_of(report: Report) -> dict[str, object]:
    """The custom notification: the first sentences as they are, the rest as a block, the links as next steps.

    All that is about one machine is one thread, and so is all that is about several.
    """
    subject, text = subject_of(report), text_of(report).translate(PLAIN)
    first, _, rest = text.partition("\nLINKS\n")[0].partition("\n\n")
    if len(rest) > CHARACTERS:
        rest = rest[:CHARACTERS].rpartition("\n")[0] + "\n... the rest is in the e-mail"
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": subject.translate(PLAIN),
            "description": f"{first.strip()}\n```\n{rest.strip()}\n```" if rest else first.strip(),
            "nextSteps": [f"{name.capitalize()}: {link}" for name, link in report.links.items()],
        },
        "metadata": {
            "threadId": report.key,
            "summary": subject,
            "eventType": f"ssm-agent-{report.kind}",
            "relatedResources": [each.machine.id for each in report.named[:MOST_RESOURCES]],
            "additionalContext": report.about,
        },
    }
