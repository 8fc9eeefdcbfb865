"""quotient.v1.Webhooks."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, edit_of, page_of
from engine.api.mapping import from_message, moment, to_message
from engine.lifecycle.webhooks import DeliveryStatus, Webhook
from engine.services.context import Context
from engine.services.webhooks import Webhooks, may_keep
from quotient.v1 import events_pb2 as pb


class WebhooksServicer:
    """quotient.v1.Webhooks."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.webhooks: Webhooks = services.webhooks

    def CreateWebhook(self, context: Context, request: Any) -> Any:
        """A new webhook."""
        webhook = from_message(request.webhook, Webhook, "webhook")
        return _shown(self.webhooks.create(context, call_of(request, ""), webhook, request.webhook_id))

    def GetWebhook(self, context: Context, request: Any) -> Any:
        """A webhook."""
        may_keep(context)
        return _webhook(self.desk.get(context, Webhook, request.name))

    def ListWebhooks(self, context: Context, request: Any) -> Any:
        """A page of webhooks."""
        may_keep(context)
        return page_of(self.desk, context, request, Webhook, pb.ListWebhooksResponse, "webhooks")

    def UpdateWebhook(self, context: Context, request: Any) -> Any:
        """Change a webhook."""
        name, edit = request.webhook.name, edit_of(request, "webhook")
        return _webhook(self.webhooks.update(context, call_of(request, request.webhook.etag), name, edit))

    def PauseWebhook(self, context: Context, request: Any) -> Any:
        """Hold deliveries back."""
        return _webhook(self.webhooks.pause(context, call_of(request), request.name, request.reason))

    def ResumeWebhook(self, context: Context, request: Any) -> Any:
        """Go on."""
        return _webhook(self.webhooks.resume(context, call_of(request), request.name))

    def DisableWebhook(self, context: Context, request: Any) -> Any:
        """End deliveries."""
        return _webhook(self.webhooks.disable(context, call_of(request), request.name, request.reason))

    def EnableWebhook(self, context: Context, request: Any) -> Any:
        """Begin again."""
        return _webhook(self.webhooks.enable(context, call_of(request), request.name, request.after))

    def RotateWebhookSecret(self, context: Context, request: Any) -> Any:
        """Make a new secret."""
        return _shown(self.webhooks.rotate(context, call_of(request), request.name, request.at_once))

    def PingWebhook(self, context: Context, request: Any) -> Any:
        """Deliver an event that says nothing."""
        return _webhook(self.webhooks.ping(context, call_of(request, ""), request.name))

    def ListDeliveries(self, context: Context, request: Any) -> Any:
        """A page of deliveries."""
        said = pb.Delivery.Status.Name(request.status) if request.status in pb.Delivery.Status.values() else ""
        status = DeliveryStatus.__members__.get(said)
        found, token = self.webhooks.page(context, request.parent, status, request.page_size, request.page_token)
        return pb.ListDeliveriesResponse(
            deliveries=[to_message(one, pb.Delivery) for one in found], next_page_token=token
        )

    def ReplayDeliveries(self, context: Context, request: Any) -> Any:
        """Try dead deliveries again."""
        since = moment(request, "since")
        made = self.webhooks.replay(context, call_of(request, ""), request.name, request.event, max(since, 0))
        return pb.ReplayDeliveriesResponse(webhook=_webhook(made), count=made.replayed)


def _webhook(webhook: Webhook) -> Any:
    return to_message(webhook, pb.Webhook)


def _shown(webhook: Webhook) -> Any:
    """With the secret that the change made: an answer that is given once to one request."""
    return pb.WebhookWithSecret(webhook=_webhook(webhook), secret=webhook.secret)
