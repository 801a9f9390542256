/** Names the fields of a valid object that the bundled proxy does not act on. */
import { kindTable, type Field } from "../fields";
import type { Finding } from "../findings";
import { shown } from "../shown";
import type { ModelObject } from "../types";
import type { ValidationContext } from "./outline";
import { reporter, type Report } from "./report";
import { walk } from "./walk";

export function unsupportedFields(object: ModelObject, context: ValidationContext = {}): Finding[] {
    const findings: Finding[] = [];
    const report = reporter(object, context, findings);
    const covered: string[] = [];
    walk(object, kindTable(object.kind).root, "", {
        report: () => undefined,
        secret: true,
        visit: (field, value, path) => {
            // What stands below a field that is not served needs no word of its own.
            if (covered.some((above) => path.startsWith(`${above}.`) || path.startsWith(`${above}[`))) {
                return;
            }
            const why = reasonOf(field, value);
            if (why) {
                covered.push(path);
                report(
                    "GH0110",
                    path,
                    `${typeof value === "string" && field.type === "text" && field.words ? shown(value) : "this field"} is not served: ${why}`,
                );
            }
        },
    });
    unsupportedValues(object, report);
    return findings;
}

function reasonOf(field: Field, value: unknown): string | undefined {
    if (field.notServed) {
        return field.notServed;
    }
    const byWord = field.type === "text" ? field.wordsNotServed : undefined;
    return typeof value === "string" && byWord && Object.hasOwn(byWord, value) ? byWord[value] : undefined;
}

/** What depends on the value and is no word of a list. */
function unsupportedValues(object: ModelObject, report: Report): void {
    if (object.kind === "Gateway") {
        object.spec.servers.forEach((server, index) => {
            if (server.bind?.startsWith("unix://")) {
                report("GH0110", `spec.servers[${index}].bind`, "a unix socket is not served: listeners are opened on addresses");
            }
        });
    }
    if (object.kind === "ServiceEntry") {
        object.spec.endpoints?.forEach((endpoint, index) => {
            if (endpoint.address?.startsWith("unix://")) {
                report("GH0110", `spec.endpoints[${index}].address`, "a unix socket is not served: backends are reached by address");
            }
        });
    }
}
