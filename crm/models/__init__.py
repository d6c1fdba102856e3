from crm.models.consent import Consent
from crm.models.customer import Customer, Organisation
from crm.models.identity import Identity, IdentityKind, Proof

__all__ = ["Consent", "Customer", "Identity", "IdentityKind", "Organisation", "Proof"]
