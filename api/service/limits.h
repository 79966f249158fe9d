// Limits of the API: what one caller, and all of them together, may take. A value.
#pragma once

#include <chrono>
#include <cstddef>

#include "resolver/base/clock.h"

namespace etymon::service {

// Streams of one kind, or calls that read much, that may be open at one time.
struct StreamLimit {
  int caller = 0;  // those of one caller
  int all = 0;
};

// Connections that may be open at one time.
struct ConnectionLimit {
  int peer = 256;  // those from one address of TCP
  int tcp = 896;   // the rest is the unix socket's: who runs the daemon can ask it in any case
  int all = 1024;  // each takes a descriptor and, with what gRPC keeps for it, some 35 KiB
};

// Octets of answers that are not taken, as they are sent; gRPC keeps about as much again with each.
struct AnswerLimit {
  size_t caller = 0;  // those to one caller
  size_t all = 0;
};

struct Limits {
  // A connection beyond is closed as soon as it is taken.
  ConnectionLimit connections = {};
  // Of one message. Room for a batch of observed deliveries; all other requests have smaller limits
  // of their own (request_size.h).
  int receive_bytes = 4 << 20;
  // Of one answer, as much as gRPC's clients take. All are made to be smaller.
  int send_bytes = 4 << 20;
  // Of a call's metadata: a token and what gRPC adds.
  int metadata_bytes = 8 << 10;
  // Of requests on their way, all connections together.
  size_t memory_bytes = 64 << 20;
  // Calls at one time on one connection; more of them wait in the client. Anybody who may connect
  // can begin them and send nothing, and each takes some 10 KiB until its connection ends: 160 MiB
  // on all that one address may have, 560 MiB on all of TCP, 640 MiB on those of unix sockets, too.
  // Known callers can leave small answers untaken as well, which is about as much again.
  int streams = 64;
  // Streams of questions: one connection's, and as many again, for each caller.
  StreamLimit lookup_streams{.caller = 128, .all = 512};
  // Streams of Ingest: a sensor needs one.
  StreamLimit ingests{.caller = 32, .all = 128};
  // Exports under way, those included whose clients are slow: each has up to 10,000 deliveries in
  // memory.
  StreamLimit exports{.caller = 8, .all = 16};
  // Streams of Watch: the journal's writer tells each of every turn.
  StreamLimit watches{.caller = 16, .all = 32};
  // Whole listings, summaries and wide lookups that read or wait for their turn.
  StreamLimit readers{.caller = 32, .all = 64};
  // Answers to unary calls that clients have not taken to the end; 4 MiB is the largest. Small ones
  // do not count (untaken_answers.h).
  AnswerLimit answers{.caller = 32 << 20, .all = 64 << 20};
  // The time for one of them: then its call is cancelled.
  Milliseconds untaken = std::chrono::minutes(1);
  // A new connection that has not said what it must within this is closed.
  Milliseconds handshake = std::chrono::seconds(10);
  // A connection without a call is closed after so long.
  Milliseconds idle = std::chrono::minutes(15);
  // One that is older takes no more calls and is closed when its last one has ended, or after
  // `grace`: a log is annotated as it grows, but a call may also have been begun and forgotten,
  // with its request still to come.
  Milliseconds age = std::chrono::hours(24);
  Milliseconds grace = std::chrono::hours(14 * 24);
  // A client that is silent for so long is asked whether it lives, and is given up when it does not
  // say so in time.
  Milliseconds keepalive = std::chrono::minutes(1);
  Milliseconds keepalive_answer = std::chrono::seconds(20);
  // Clients that ask us so more often than this, with a call or without, are sent away.
  Milliseconds ping_interval = std::chrono::seconds(10);
  // Waiting for a turn to read; who is not served by then is turned away.
  Milliseconds turn = std::chrono::seconds(30);
  // Reading for one call. A snapshot of the store is held for no longer, so that it cannot keep old
  // files for long.
  Milliseconds read = std::chrono::seconds(30);
  // Reading for one page of an export or of a watch's past, before others have their turn. Where
  // that is too short for an hour of the store, more of it, up to `read` (stint.h).
  Milliseconds stint = std::chrono::seconds(1);
  // A stream whose client takes nothing of what is written, or sends nothing of what it brings in.
  // Whoever looks at the beginning of one in a pager may take his time, but not for ever.
  Milliseconds stall = std::chrono::minutes(10);
};

}  // namespace etymon::service
