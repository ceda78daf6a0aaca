from loyalty.api.members import router as members_router
from loyalty.api.points import router as points_router
from loyalty.api.receipts import router as receipts_router

__all__ = ["members_router", "points_router", "receipts_router"]
