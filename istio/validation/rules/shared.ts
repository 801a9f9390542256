/** Rules that several kinds share. */
import { SUBDOMAIN } from "../../derived-names";
import { hostFault, punycodeFault, type HostOptions } from "../../hosts";
import { shownText } from "../../shown";
import type { Destination } from "../../types";
import { each, eachEntry, type Loose, type Report } from "../report";

/** A DNS-1123 label in any case, as Istio checks namespaces. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i;

export function isLabel(text: string): boolean {
    return LABEL.test(text);
}

export function checkHost(host: string, field: string, options: HostOptions, report: Report): boolean {
    const fault = hostFault(host, options);
    if (fault) {
        report("GH0104", field, host === "" ? "the host is empty" : `the host ${shownText(host)} ${fault}`);
    }
    return fault === undefined;
}

/** Istio takes any letters of the right shape. */
export function checkLetters(host: string, field: string, report: Report): void {
    const fault = punycodeFault(host);
    if (fault) {
        report("GH0111", field, `the host ${shownText(host)} ${fault}`, "Write what the name's letters come to.");
    }
}

export function checkDestination(destination: Loose<Destination> | undefined, field: string, report: Report): void {
    if (!destination) {
        return;
    }
    if (destination.host !== undefined) {
        checkHost(destination.host, `${field}.host`, { short: true, wildcard: true, partial: true }, report);
    }
    if (destination.subset !== undefined && destination.subset !== "" && !isLabel(destination.subset)) {
        report("GH0104", `${field}.subset`, `the subset ${shownText(destination.subset)} is no label: letters, digits and inner hyphens`);
    }
    if (destination.port && !destination.port.number) {
        report(
            "GH0104",
            `${field}.port.number`,
            "the port has no number; wanted 1 to 65535",
            "Name the number, or leave `port` out where the Service has one port.",
        );
    }
}

/** Shares of several destinations: one at least must be above 0. */
export function checkWeights(weights: readonly (number | undefined)[], field: string, report: Report): void {
    // Istio sums in 32 bits: shares that wrap to 0 are refused as none are.
    if (weights.length > 1 && weights.reduce<number>((sum, weight) => (sum + (weight ?? 0)) | 0, 0) === 0) {
        report("GH0104", field, "several destinations whose weights sum to 0", "Give each a `weight`; they need not sum to 100.");
    }
}

/** `none` tells whether `~` (nobody) is a choice, as for a ServiceEntry. */
export function checkExportTo(
    exportTo: readonly (string | undefined)[] | undefined,
    namespace: string,
    none: boolean,
    report: Report,
): void {
    const seen = new Set<string>();
    const entries = (exportTo ?? []).filter((entry) => entry !== undefined);
    each(exportTo, "spec.exportTo", (entry, field) => {
        const means = entry === "." ? namespace : entry;
        if (entry === "~" ? !none : entry !== "*" && entry !== "." && !isLabel(entry)) {
            report("GH0104", field, `got ${shownText(entry)}, wanted \`*\`, \`.\` or a namespace`);
        } else if (seen.has(means)) {
            report("GH0106", field, `${shownText(entry)} names a namespace that is already there`);
        }
        seen.add(means);
    });
    if (entries.length > 1 && (entries.includes("*") || entries.includes("~"))) {
        report(
            "GH0105",
            "spec.exportTo",
            `\`${entries.includes("*") ? "*" : "~"}\` stands beside other entries`,
            "Leave it alone, or leave it out.",
        );
    }
}

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** Istio bounds the length of a value in selectors only, where the API server's schema does. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** A name, and before a `/` the domain it is of. */
export function isLabelKey(key: string): boolean {
    const slash = key.indexOf("/");
    return (slash < 0 || (slash <= 253 && SUBDOMAIN.test(key.slice(0, slash)))) && LABEL_NAME.test(key.slice(slash + 1));
}

/** Labels as Kubernetes allows them. */
export function checkLabels(labels: Readonly<Record<string, string | undefined>> | undefined, field: string, report: Report): void {
    eachEntry(labels, field, (key, value, at) => {
        if (!isLabelKey(key)) {
            report("GH0104", at, `${shownText(key)} is no label's name: letters, digits, \`-\`, \`_\`, \`.\`, and a domain before a \`/\``);
        } else if (value !== "" && !LABEL_VALUE.test(value)) {
            report("GH0104", at, `${shownText(value)} is no label's value: letters, digits, \`-\`, \`_\`, \`.\``);
        }
    });
}

/** A selector of pods. */
export function checkSelector(
    labels: Readonly<Record<string, string | undefined>> | undefined,
    field: string,
    what: string,
    report: Report,
): void {
    if (!labels || Object.keys(labels).length === 0) {
        report("GH0111", field, `names no labels, so that ${what}`);
        return;
    }
    eachEntry(labels, field, (key, value, at) => {
        if (key === "") {
            report("GH0104", at, "a label's name is empty");
        } else if (key.includes("*") || value.includes("*")) {
            report("GH0104", at, "has a wildcard; labels are compared whole");
        }
    });
}

/** `/path` or `@name` behind `unix://`. */
export function unixSocketFault(text: string): string | undefined {
    const path = text.slice("unix://".length);
    if (path.startsWith("@")) {
        return undefined;
    }
    return path.startsWith("/") && !path.endsWith("/") ? undefined : "is no absolute path to a socket";
}
