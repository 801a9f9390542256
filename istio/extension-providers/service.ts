/** The Service or ServiceEntry that a provider stands for, as Istio names it: `<namespace>/<host>`, or a host. */
import { hostFault } from "../hosts";
import type { Settings } from "../provider-settings";

export interface ServiceSettings {
    /** Empty: any, as long as there is one. */
    readonly namespace: string;
    readonly host: string;
    readonly port: number;
}

export function readService(given: Settings): ServiceSettings {
    return { ...readName(given), port: given.whole("port", 1, 65_535) };
}

function readName(given: Settings): { readonly namespace: string; readonly host: string } {
    const text = given.text("service", "");
    const parts = text.split("/");
    const [namespace, host] = parts.length === 2 ? [parts[0] ?? "", parts[1] ?? ""] : ["", text];
    if (text === "") given.fault("service", "is empty; write <namespace>/<host> or a host");
    else if (parts.length > 2 || (parts.length === 2 && namespace === "")) given.fault("service", "is not of the form <namespace>/<host>");
    else {
        const fault = hostFault(host, { ip: true, short: true });
        if (fault !== undefined) given.fault("service", fault);
    }
    return { namespace, host: host.toLowerCase() };
}
