from crm.models.customer import Customer, Organisation
from crm.models.identity import Identity, IdentityKind, Proof

__all__ = ["Customer", "Identity", "IdentityKind", "Organisation", "Proof"]
