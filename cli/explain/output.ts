/** An explanation for people: what comes out, then step by step why. */
import { refText } from "../../istio";
import type { Explanation, Step } from "../../proxy/explain";
import { columns, inOneLine, shortPath, type Terminal } from "../terminal";

type Origin = NonNullable<Step["origin"]>;

/** `VirtualService shop/cart spec.http[2] (routes.yaml:17)`. */
function originText(origin: Origin): string {
    const { field, file, line } = origin;
    const object = `${refText(origin)}${field === "" ? "" : ` ${field}`}`;
    return file === undefined ? object : `${object} (${shortPath(file)}:${line ?? 1})`;
}

export function resultText({ action, status: http, grpcStatus, location, destination, destinations }: Explanation): string {
    const status = http === null || grpcStatus === null ? http : `${http} with gRPC status ${grpcStatus}`;
    switch (action) {
        case "refuse":
            return "the connection is not served";
        case "tcp":
            return `bytes are passed to ${destination?.cluster ?? "nobody"}`;
        case "passthrough":
            return `TLS is passed through to ${destination?.cluster ?? "nobody"}`;
        case "redirect":
            return `${status} to ${location ?? ""}`;
        case "direct":
        case "reply":
            return status === null ? "nothing here answers it" : `${status}, answered by the gateway`;
        case "forward": {
            const where = destinations
                .map(({ cluster, percent }) => (destinations.length === 1 ? cluster : `${percent} % ${cluster}`))
                .join(", ");
            return status === null ? `forwarded to ${where}` : `${status}: forwarded to ${where}, where nobody is`;
        }
        default:
            return action satisfies never;
    }
}

export function printExplanation(gateway: string, explanation: Explanation, terminal: Terminal): void {
    terminal.print(`${gateway === "" ? "" : `${inOneLine(gateway)}: `}${terminal.style("bold", inOneLine(resultText(explanation)))}`);
    const rows = explanation.steps.map(({ step, text, matched, origin }) => [
        `  ${terminal.style("dim", inOneLine(step))}`,
        matched === false ? terminal.style("dim", inOneLine(text)) : inOneLine(text),
        origin ? terminal.style("dim", inOneLine(originText(origin))) : "",
    ]);
    for (const line of columns(rows)) terminal.print(line);
}
