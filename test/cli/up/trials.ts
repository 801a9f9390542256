/** A request that tries what is served, as tests of the check and of what is printed have it. */
import type { Trial } from "../../../cli/up/trial";

export function trial(over: Partial<Trial> = {}): Trial {
    return {
        protocol: "http",
        host: "web.example.com",
        port: 8080,
        shape: { method: "GET", path: "/", headers: {} },
        expect: { kind: "answer" },
        untried: "",
        foretold: "",
        ...over,
    };
}
