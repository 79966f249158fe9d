"""ask.py GENERATED SERVER ADDRESS CLIENT: which name led CLIENT to ADDRESS, as etymond says."""
import sys

generated, server, address, client = sys.argv[1:]
sys.path.insert(0, generated)
import google
google.__path__.append(generated + "/google")  # google.rpc lies there, google.protobuf elsewhere
import grpc
from etymon.v1 import listing_pb2 as listing, lookup_pb2 as lookup
from google.rpc import error_details_pb2 as details, status_pb2 as status

channel = grpc.insecure_channel(server)


def method(name, request, response):
    return channel.unary_unary("/etymon.v1.ProvenanceService/" + name,
                               request.SerializeToString, response.FromString)


ask = method("Lookup", lookup.LookupRequest, lookup.LookupResponse)
answer = ask(lookup.LookupRequest(address=address, client=client), timeout=10)
print(lookup.Verdict.Name(answer.verdict), *[candidate.name for candidate in answer.candidates])

turn = method("ListDeliveries", listing.ListDeliveriesRequest, listing.ListDeliveriesResponse)
page = listing.ListDeliveriesRequest(filter={"client": client}, order=2, page_size=1)
while True:
    answer = turn(page, timeout=10)
    for delivery in answer.deliveries:
        print(delivery.name, delivery.addresses[0].address)
    page.page_token = answer.next_page_token
    if not page.page_token:
        break

try:
    ask(lookup.LookupRequest(address="nowhere"), timeout=10)
except grpc.RpcError as error:
    told = status.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    info = details.ErrorInfo()
    told.details[0].Unpack(info)
    print(error.code().name, info.reason)
