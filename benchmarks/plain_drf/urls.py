from rest_framework.routers import SimpleRouter

from plain_drf.views import InvoiceViewSet

router = SimpleRouter()
router.trailing_slash = "/?"  # with and without, as the contract has it
router.register("invoice", InvoiceViewSet)
urlpatterns = router.urls
