/** What is sent again of what an HTTP/2 backend did not do, and for how long a gateway waits. */
import { ask, eachAlone, reply, to, type Ask, type Play, type Setting, type Topic } from "../support/case";
import { answers, CUT } from "../support/http2/differences";
import { data, frame, headers, number, reset, TYPES } from "../support/http2/frames";
import { ask2 } from "../support/http2/requests";

const FAULTS: Readonly<Record<string, Buffer>> = {
    REFUSED_STREAM: reset("REFUSED_STREAM"),
    CANCEL: reset("CANCEL"),
    NO_ERROR: reset("NO_ERROR"),
    INTERNAL_ERROR: reset("INTERNAL_ERROR"),
    PROTOCOL_ERROR: reset("PROTOCOL_ERROR"),
    "going away": frame(TYPES.goAway, 0, 0, Buffer.concat([number(0), number(0)])),
    "503": headers([":status", "503", "content-length", "0"], true),
    "no head that can be read": headers(["x-a", "1"], true),
    "reset behind a head": Buffer.concat([headers([":status", "200"], false), reset("REFUSED_STREAM")]),
    "reset behind an interim response": Buffer.concat([headers([":status", "103"], false), reset("REFUSED_STREAM")]),
    "a call that is unavailable": headers([":status", "200", "content-type", "application/grpc", "grpc-status", "14"], true),
    "a call that was cancelled": headers([":status", "200", "content-type", "application/grpc", "grpc-status", "1"], true),
    "a call that is unavailable at its end": Buffer.concat([
        headers([":status", "200", "content-type", "application/grpc"], false),
        data("\0\0\0\0\0", false),
        headers(["grpc-status", "14"], true),
    ]),
};

/** A frame that is no answer: nothing comes. */
const NOTHING = reply(frame(TYPES.priority, 0, 1, Buffer.alloc(5)));

const RETRIES: Readonly<Record<string, object | undefined>> = {
    "by default": undefined,
    none: { attempts: 0 },
    "refused-stream": { attempts: 1, retryOn: "refused-stream" },
    reset: { attempts: 1, retryOn: "reset" },
    "connect-failure": { attempts: 1, retryOn: "connect-failure" },
    "reset-before-request": { attempts: 1, retryOn: "reset-before-request" },
    "5xx": { attempts: 1, retryOn: "5xx" },
    "gateway-error": { attempts: 1, retryOn: "gateway-error" },
    unavailable: { attempts: 1, retryOn: "unavailable" },
    "cancelled,unavailable": { attempts: 1, retryOn: "cancelled,unavailable" },
};

function retries(setting: Setting, client: (host: string, lines: readonly string[]) => Ask): Play {
    return eachAlone(
        setting,
        Object.fromEntries(
            Object.entries(RETRIES).map(([title, policy]) => [title, [to(setting.http2, policy ? { retries: policy } : {})]]),
        ),
        (host) => Object.fromEntries(Object.entries(FAULTS).map(([fault, bytes]) => [fault, client(host, [reply(bytes)])])),
    );
}

const each = (fault: string): string[] => Object.keys(RETRIES).map((name) => `${name}: ${fault}`);

export const http2Retries: Topic = {
    name: "http2-retries",
    cases: [
        {
            title: "of a client of HTTP/1.1",
            make: (setting) => retries(setting, (host, lines) => ask(host, "GET /", lines)),
            differences: {
                ...answers("an answer that breaks in the read in which it begins is not begun", each("reset behind a head"), CUT),
                ...answers("RFC 9110 §6.5: checksums and signatures come in them", each("a call that is unavailable at its end"), {
                    trailers: { "grpc-status": "14" },
                }),
            },
        },
        {
            title: "of a client of HTTP/2, with a body",
            make: (setting) => retries(setting, (host, lines) => ask2(host, "POST /", lines, { body: "hello" })),
        },
        {
            title: "time that runs out",
            make: (setting) =>
                eachAlone(
                    setting,
                    {
                        "HTTP/2 behind": [to(setting.http2, { timeout: "0.3s", retries: { attempts: 0 } })],
                        "HTTP/2 behind, each try": [
                            to(setting.http2, { timeout: "2s", retries: { attempts: 1, perTryTimeout: "0.3s", retryOn: "5xx" } }),
                        ],
                    },
                    (host) => ({
                        "HTTP/1.1": ask(host, "GET /", [NOTHING]),
                        "HTTP/2": ask2(host, "GET /", [NOTHING]),
                        "a call over HTTP/2": ask2(host, "POST /a.B/c", [NOTHING, "content-type: application/grpc", "te: trailers"], {
                            body: "\0\0\0\0\0",
                        }),
                    }),
                ),
        },
    ],
};
