/** Localities of a load balancer, `region/zone/subzone`: which may stand beside which. */
import { shownText } from "../../shown";
import { isRecord } from "../outline";
import type { Report } from "../report";

type Settings = Readonly<Record<string, unknown>>;

const TOPOLOGY: readonly string[] = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

export function localityRules(locality: Settings, field: string, report: Report): void {
    const distribute = records(locality.distribute);
    const failover = records(locality.failover);
    if (distribute.length > 0 && failover.length > 0) {
        report("GH0105", field, "has `distribute` and `failover`, which exclude each other", "Keep one.");
    }
    const priorities: readonly unknown[] = Array.isArray(locality.failoverPriority) ? locality.failoverPriority : [];
    if (failover.length > 0 && priorities.some((label) => TOPOLOGY.includes(String(label)))) {
        report("GH0105", field, "has `failover` and a topology label in `failoverPriority`, which say the same", "Keep one.");
    }
    distribute.forEach((entry, index) => shareRules(entry.to, `${field}.distribute[${index}].to`, report));
    overlapRules(
        distribute.map(({ from }) => textOf(from)),
        `${field}.distribute`,
        report,
    );
    failoverRules(failover, `${field}.failover`, report);
}

function shareRules(to: unknown, field: string, report: Report): void {
    const shares = isRecord(to) ? Object.values(to) : [];
    const sum = shares.reduce((total: number, share) => total + (typeof share === "number" ? share : 0), 0);
    if (shares.includes(0)) {
        report("GH0104", field, "has a share of 0, wanted 1 to 100", "Leave the locality out.");
    } else if (sum !== 100) {
        report("GH0104", field, `sums to ${sum}, wanted 100`);
    } else {
        overlapRules(Object.keys(isRecord(to) ? to : {}), field, report);
    }
}

/** Steps between regions. */
export function failoverRules(failover: unknown, field: string, report: Report): void {
    records(failover).forEach((entry, index) => {
        const [from, to] = [textOf(entry.from), textOf(entry.to)];
        const at = `${field}[${index}]`;
        if (from === to) {
            report("GH0104", at, "goes from a region to itself");
        } else if (/[/*]/.test(from + to)) {
            report("GH0104", at, `goes from ${shownText(from)} to ${shownText(to)}, wanted regions: no zone, no wildcard`);
        }
    });
}

/** A locality and one that covers it leave open which of them counts. */
function overlapRules(localities: readonly string[], field: string, report: Report): void {
    const taken: string[][] = [];
    for (const locality of localities) {
        const fault = localityFault(locality);
        if (fault) {
            report("GH0104", field, `the locality ${shownText(locality)} ${fault}`);
            return;
        }
        const parts = locality.split("/");
        // As in Istio, a wildcard may stand behind what it covers.
        if (taken.some((earlier) => covers(earlier, parts) || parts.every((part, index) => part === earlier[index]))) {
            report("GH0106", field, `the locality ${shownText(locality)} overlaps with another one`);
            return;
        }
        taken.push(parts);
    }
}

function localityFault(locality: string): string | undefined {
    const star = locality.indexOf("*");
    if (star >= 0 && star < locality.length - 1) {
        return "has a wildcard that is not at its end";
    }
    return locality.split("/").some((part) => part === "") ? "has an empty region, zone or subzone" : undefined;
}

function covers(wide: readonly string[], narrow: readonly string[]): boolean {
    return wide.every((part, index) => part === "*" || part === narrow[index]);
}

function records(list: unknown): Settings[] {
    return Array.isArray(list) ? list.map((item: unknown) => (isRecord(item) ? item : {})) : [];
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}
