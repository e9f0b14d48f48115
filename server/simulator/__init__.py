"""A stand-in for the Claude API: the same wire, no network, no key, no money.

What it offers
    ``from server.simulator.serve import Simulator``

    ``sim = Simulator(pace=1.0)`` · ``base_url = await sim.start(host="127.0.0.1", port=0)`` ·
    ``await sim.stop()``. ``pace`` scales every delay (0 = as fast as possible).
    ``sim.requests`` is the upstream's own count: the newest requests, each with what was billed.
    ``sim.fail_next("529", times=2)`` makes the next requests fail, whatever they ask.
    ``await sim.idle()`` returns when nothing is being answered any more.

    ``python -m server.simulator --port N [--host H] [--pace X]`` runs it as a process of its own;
    ``GET /_sim/requests`` then answers ``sim.requests`` as JSON.

It serves ``POST /v1/messages`` (plain and streamed), ``POST /v1/messages/count_tokens``,
``GET /v1/models`` and ``/v1/models/{id}``, speaks both ``anthropic-version: 2026-10-21`` and
``2023-06-01``, and takes any key, as ``Authorization: Bearer`` or as ``x-api-key``.

What is true to the real API: the shape and order of the events, usage and its arithmetic, prompt
caching (prefixes, minimum length, 5 minutes or 1 hour), the limits and refusals of each model, the
errors and their HTTP status. What is its own: the words, the token counts (an estimate, see
``tokens``), thinking only when it is asked for, and no server tools (they are accepted, never
used). A conversation may end with an assistant message: it is then continued.

The same request gets the same content, byte for byte. Ids are fresh each time, as in real life.

Directives: a person (or a test) writes one in the last question (the last text block of the last
message with words) to see something happen.
    !sim 429 [retry=SECONDS]    rate limited, with retry-after
    !sim 429-spend              the monthly spend limit: no retry-after, retrying is futile
    !sim 529 | 500 | 401 | 403  overloaded, internal error, wrong key, not allowed
    !sim 400-credit             the credit balance is too low
    !sim cut after=N            the connection breaks after N deltas
    !sim truncate after=N       the body ends politely after N deltas, without message_stop
    !sim error after=N          an overloaded_error event after N deltas
    !sim stall after=N          silence after N deltas, until the client leaves
    !sim slow first=SECONDS     the first byte comes that late
    !sim refusal [after=N]      stop_reason refusal, without content or after N deltas
    !sim pause                  stop_reason pause_turn half-way, end_turn once continued
    !sim long words=N           an answer of about N words
    !sim fast | pace=X          no delays, or delays times X, for this question
    !sim thinking               thinks aloud first, whatever the request says
    !sim tool NAME [times=N]    calls the tool NAME, offered or not, N rounds in a row
Several may stand in one message; what is left of it is the question. An unknown one is a 400.
"""
