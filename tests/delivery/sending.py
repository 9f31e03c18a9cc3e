"""Send what a batch holds, as the flows do."""

from collections import Counter

from routing import casework
from routing.casework import Batch
from routing.delivery import DeliveryContext, send_all


def send(post: DeliveryContext, batch: Batch, per_hour: int) -> Counter[str]:
    """Bundle, send and finish a batch; ``per_hour`` is the cap of one recipient, 0 for none."""
    with post.database.transaction() as tx:
        casework.bundle(tx, batch.id, per_hour)
        outbox = casework.read_outbox(tx, batch.id)
    sent = send_all(post, outbox)
    with post.database.transaction() as tx:
        casework.finish(tx, batch.id)
    return sent
