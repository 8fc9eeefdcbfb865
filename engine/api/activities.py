"""quotient.v1.Activities."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, edit_of, page_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.next_step import Activity
from engine.services.context import Context
from engine.services.selling.activities import Activities
from quotient.v1 import activities_pb2 as pb


class ActivitiesServicer:
    """quotient.v1.Activities."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.activities = Activities(services.desk)

    def CreateActivity(self, context: Context, request: Any) -> Any:
        """A new activity."""
        activity = from_message(request.activity, Activity, "activity")
        return _activity(self.activities.create(context, call_of(request), activity, request.done))

    def GetActivity(self, context: Context, request: Any) -> Any:
        """An activity."""
        context.require("read deals")
        return _activity(self.desk.get(context, Activity, request.name))

    def ListActivities(self, context: Context, request: Any) -> Any:
        """A page of activities."""
        context.require("read deals")
        return page_of(self.desk, context, request, Activity, pb.ListActivitiesResponse, "activities")

    def UpdateActivity(self, context: Context, request: Any) -> Any:
        """Change an activity."""
        call = call_of(request, request.activity.etag)
        return _activity(self.activities.update(context, call, request.activity.name, edit_of(request, "activity")))

    def CompleteActivity(self, context: Context, request: Any) -> Any:
        """It is done."""
        return _activity(self.activities.do(context, call_of(request), request.name, "complete"))

    def CancelActivity(self, context: Context, request: Any) -> Any:
        """It will not be done."""
        return _activity(self.activities.do(context, call_of(request), request.name, "cancel"))

    def ReopenActivity(self, context: Context, request: Any) -> Any:
        """It is to be done after all."""
        return _activity(self.activities.do(context, call_of(request), request.name, "reopen"))


def _activity(activity: Activity) -> Any:
    return to_message(activity, pb.Activity)
