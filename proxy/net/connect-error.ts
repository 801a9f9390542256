/** Why no connection to an endpoint came about, in Envoy's words where it has its own: the system's error, told once it is known. */
const WORDS: ReadonlyMap<string, string> = new Map(
    Object.entries({
        ECONNREFUSED: "Connection refused",
        ECONNRESET: "Connection reset by peer",
        EHOSTUNREACH: "No route to host",
        ETIMEDOUT: "Connection timed out",
    }).map(([code, words]) => [code, `delayed_connect_error:_${words.replaceAll(" ", "_")}`]),
);

/** Of a failed connect; undefined: Envoy has no words of its own for it. */
export function connectError(detail: string): string | undefined {
    return WORDS.get(detail);
}
