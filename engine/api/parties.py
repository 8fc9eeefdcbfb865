"""quotient.v1.Accounts and quotient.v1.LegalEntities."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, edit_of, page_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.parties import Account, LegalEntity
from engine.services.context import Context
from engine.services.selling.parties import Accounts, LegalEntities
from quotient.v1 import accounts_pb2 as pb


class AccountsServicer:
    """quotient.v1.Accounts."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.accounts = Accounts(services.desk)

    def CreateAccount(self, context: Context, request: Any) -> Any:
        """A new account."""
        account = from_message(request.account, Account, "account")
        return _account(self.accounts.create(context, call_of(request), account, request.account_id))

    def GetAccount(self, context: Context, request: Any) -> Any:
        """An account."""
        context.require("read deals")
        return _account(self.desk.get(context, Account, request.name))

    def ListAccounts(self, context: Context, request: Any) -> Any:
        """A page of accounts."""
        context.require("read deals")
        return page_of(self.desk, context, request, Account, pb.ListAccountsResponse, "accounts")

    def UpdateAccount(self, context: Context, request: Any) -> Any:
        """Change an account."""
        name, edit = request.account.name, edit_of(request, "account")
        return _account(self.accounts.update(context, call_of(request, request.account.etag), name, edit))

    def BlockAccount(self, context: Context, request: Any) -> Any:
        """Block an account."""
        return self._do(context, request, "block", request.reason)

    def UnblockAccount(self, context: Context, request: Any) -> Any:
        """Unblock an account."""
        return self._do(context, request, "unblock")

    def CloseAccount(self, context: Context, request: Any) -> Any:
        """Close an account."""
        return self._do(context, request, "close", request.reason)

    def ReopenAccount(self, context: Context, request: Any) -> Any:
        """Open a closed account again."""
        return self._do(context, request, "reopen")

    def EraseAccount(self, context: Context, request: Any) -> Any:
        """Erase what is personal."""
        return _account(self.accounts.erase(context, call_of(request), request.name))

    def _do(self, context: Context, request: Any, verb: str, reason: str = "") -> Any:
        return _account(self.accounts.do(context, call_of(request), request.name, verb, reason))


class LegalEntitiesServicer:
    """quotient.v1.LegalEntities."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.entities = LegalEntities(services.desk)

    def CreateLegalEntity(self, context: Context, request: Any) -> Any:
        """A new legal entity."""
        entity = from_message(request.entity, LegalEntity, "entity")
        return self._whole(context, self.entities.create(context, call_of(request), entity, request.entity_id))

    def GetLegalEntity(self, context: Context, request: Any) -> Any:
        """A legal entity, with its logo."""
        context.require("read deals")
        return self._whole(context, self.desk.get(context, LegalEntity, request.name))

    def ListLegalEntities(self, context: Context, request: Any) -> Any:
        """A page of legal entities."""
        context.require("read deals")
        return page_of(self.desk, context, request, LegalEntity, pb.ListLegalEntitiesResponse, "entities")

    def UpdateLegalEntity(self, context: Context, request: Any) -> Any:
        """Change a legal entity."""
        name, edit = request.entity.name, edit_of(request, "entity")
        return self._whole(context, self.entities.update(context, call_of(request, request.entity.etag), name, edit))

    def _whole(self, context: Context, entity: LegalEntity) -> Any:
        return to_message(self.entities.whole(context, entity), pb.LegalEntity)


def _account(account: Account) -> Any:
    return to_message(account, pb.Account)
