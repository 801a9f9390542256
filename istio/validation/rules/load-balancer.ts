/** The parts of a load balancer that Istio refuses; the bundled proxy does not serve most of them, a mesh does. */
import { shown } from "../../shown";
import type { LoadBalancerSettings } from "../../types";
import { isRecord } from "../outline";
import type { Report } from "../report";
import { failoverRules, localityRules } from "./locality";

/** Envoy's bound for a Maglev table. */
const MAGLEV_BOUND = 5_000_011;

export function loadBalancerRules(settings: LoadBalancerSettings, field: string, report: Report): void {
    const { consistentHash, localityLbSetting } = settings;
    if (isRecord(consistentHash?.maglev)) {
        maglevRules(consistentHash.maglev.tableSize, `${field}.consistentHash.maglev.tableSize`, report);
    }
    if (isRecord(consistentHash?.httpCookie)) {
        cookieRules(consistentHash.httpCookie.attributes, `${field}.consistentHash.httpCookie.attributes`, report);
    }
    const hash: Readonly<Record<string, unknown>> = isRecord(consistentHash) ? consistentHash : {};
    if (
        typeof hash.minimumRingSize === "number" &&
        hash.minimumRingSize !== 0 &&
        (hash.ringHash !== undefined || hash.maglev !== undefined)
    ) {
        report(
            "GH0105",
            `${field}.consistentHash`,
            "has `minimumRingSize` beside `ringHash` or `maglev`",
            "Write `ringHash.minimumRingSize`.",
        );
    }
    if (localityLbSetting) {
        localityRules({ ...localityLbSetting }, `${field}.localityLbSetting`, report);
    }
    const { zoneAwareLbSetting, warmup }: Readonly<Record<string, unknown>> = { ...settings };
    if (isRecord(zoneAwareLbSetting)) {
        failoverRules(zoneAwareLbSetting.failover, `${field}.zoneAwareLbSetting.failover`, report);
        if (localityLbSetting) {
            report("GH0105", field, "has `localityLbSetting` and `zoneAwareLbSetting`, which exclude each other", "Keep one.");
        }
    }
    if (isRecord(warmup) && warmup.aggression === 0) {
        report("GH0104", `${field}.warmup.aggression`, "got `0`, wanted more");
    }
}

function cookieRules(attributes: unknown, field: string, report: Report): void {
    const names = new Set<string>();
    (Array.isArray(attributes) ? attributes : []).forEach((attribute: unknown, index) => {
        const name = isRecord(attribute) && typeof attribute.name === "string" ? attribute.name : undefined;
        if (name === "") {
            report("GH0104", `${field}[${index}].name`, "is empty; an attribute has a name");
        } else if (name !== undefined && names.has(name)) {
            report("GH0106", `${field}[${index}].name`, `the attribute ${shown(name)} is there twice`);
        }
        names.add(name ?? "");
    });
}

function maglevRules(size: unknown, field: string, report: Report): void {
    if (typeof size !== "number" || size === 0) {
        report("GH0103", field, "is missing; a Maglev table has a size");
    } else if (size >= MAGLEV_BOUND || !isPrime(size)) {
        report("GH0104", field, `got ${shown(size)}, wanted a prime below ${MAGLEV_BOUND}, such as 65537`);
    }
}

function isPrime(number: number): boolean {
    for (let factor = 2; factor * factor <= number; factor += 1) {
        if (number % factor === 0) {
            return false;
        }
    }
    return number > 0;
}
