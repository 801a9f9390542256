/** What an upstream connection of HTTP/2 tolerates, and for how long. Times are milliseconds. */
import { sharedSweeper } from "../sweeper";
import { CLIENT_CONNECTION_WINDOW, STREAM_WINDOW } from "./limits";
import type { Http2SessionOptions } from "./session-core";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const HTTP2_CLIENT_DEFAULTS: Http2SessionOptions = Object.freeze({
    server: false,
    sweeper: sharedSweeper,
    // An endpoint opens none, and is not even counted (`onOpen`).
    maxOpenStreams: Infinity,
    streamWindow: STREAM_WINDOW,
    connectionWindow: CLIENT_CONNECTION_WINDOW,
    settingsTimeout: 15 * SECOND,
    frameTimeout: 15 * SECOND,
    writeIdleTimeout: MINUTE,
});
