/** What names and marks an object: the API server's rules for every kind, and the annotations that Istio refuses. */
import { eachEntry, type Report } from "../report";
import { isRecord, textsOf } from "../outline";
import { LABEL, SUBDOMAIN } from "../../derived-names";
import { goBool } from "../../go-bool";
import { shownText } from "../../shown";
import { edgeSettingRules } from "./edge-settings";
import { errorPageRules } from "./error-pages";
import { forwardProxyRules } from "./forward-proxy";
import { gatewayOptionRules } from "./gateway-options";
import { hostLimitRules } from "./host-limits";
import { healthCheckRules } from "./health-check";
import { limitRules } from "./limits";
import { ownAnnotationRules } from "./own-annotations";
import { checkLabels, isLabelKey } from "./shared";

const LABEL_BYTES = 63;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const DRY_RUN = "istio.io/dry-run";
const ALWAYS_REJECT = "internal.istio.io/webhook-always-reject";
/** All of an object's annotations. */
const MAX_ANNOTATIONS = 256 * 1024;

/** A Gateway's name has a narrower rule of its own. */
export function metadataRules(kind: string, isIstio: boolean, usable: Readonly<Record<string, unknown>>, report: Report): void {
    const metadata = isRecord(usable.metadata) ? usable.metadata : {};
    const { name, namespace, generateName } = metadata;
    if (kind !== "Gateway" && typeof name === "string" && name !== "" && !SUBDOMAIN.test(name)) {
        report(
            "GH0104",
            "metadata.name",
            `got ${shownText(name)}, which the API server refuses: wanted lower-case letters, digits, inner hyphens and dots`,
        );
    }
    if (typeof namespace === "string" && namespace !== "" && !LABEL.test(namespace)) {
        report(
            "GH0104",
            "metadata.namespace",
            `got ${shownText(namespace)}, which is no namespace's name: wanted lower-case letters, digits and inner hyphens`,
        );
    }
    if (typeof generateName === "string" && generateName !== "" && !/^[a-z0-9][-a-z0-9.]*$/.test(generateName)) {
        report(
            "GH0104",
            "metadata.generateName",
            `got ${shownText(generateName)}, which begins no name: wanted lower-case letters, digits, hyphens and dots`,
        );
    }
    for (const field of ["creationTimestamp", "deletionTimestamp"]) {
        const time = metadata[field];
        if (typeof time === "string" && !TIME.test(time)) {
            report(
                "GH0104",
                `metadata.${field}`,
                `got ${shownText(time)}, wanted a time as in \`2026-01-31T12:00:00Z\``,
                "Leave it out: the API server says it.",
            );
        }
    }
    ownerRules(metadata.ownerReferences, report);
    const labels = textsOf(metadata.labels);
    checkLabels(labels, "metadata.labels", report);
    eachEntry(labels, "metadata.labels", (_key, value, at) => {
        if (value.length > LABEL_BYTES) {
            report("GH0104", at, `has ${value.length} characters, more than the ${LABEL_BYTES} allowed`);
        }
    });
    const annotations = textsOf(metadata.annotations);
    annotationRules(annotations, report);
    ownAnnotationRules(kind, isIstio, annotations, report);
    errorPageRules(kind, annotations, usable.spec, report);
    gatewayOptionRules(kind, annotations, report);
    edgeSettingRules(kind, annotations, usable.spec, report);
    limitRules(kind, annotations, usable.spec, report);
    if (isIstio) {
        istioRules(kind, annotations, usable.spec, report);
        forwardProxyRules(kind, annotations, usable.spec, report);
        healthCheckRules(kind, annotations, report);
        hostLimitRules(kind, annotations, usable.spec, report);
    }
}

function ownerRules(owners: unknown, report: Report): void {
    (Array.isArray(owners) ? owners : []).forEach((owner: unknown, index) => {
        for (const part of ["apiVersion", "kind", "name", "uid"]) {
            if (!isRecord(owner) || typeof owner[part] !== "string" || owner[part] === "") {
                report(
                    "GH0103",
                    `metadata.ownerReferences[${index}].${part}`,
                    "is missing; an owner is named by `apiVersion`, `kind`, `name` and `uid`",
                );
            }
        }
    });
}

function annotationRules(annotations: Readonly<Record<string, string>>, report: Report): void {
    let size = 0;
    eachEntry(annotations, "metadata.annotations", (key, value, at) => {
        size += Buffer.byteLength(key) + Buffer.byteLength(value);
        if (!isLabelKey(key.toLowerCase())) {
            report(
                "GH0104",
                at,
                `${shownText(key)} is no annotation's name: letters, digits, \`-\`, \`_\`, \`.\`, and a domain before a \`/\``,
            );
        }
    });
    if (size > MAX_ANNOTATIONS) {
        report("GH0104", "metadata.annotations", `hold ${size} bytes, more than the ${MAX_ANNOTATIONS} allowed`);
    }
}

function istioRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    if (annotations[ALWAYS_REJECT] !== undefined) {
        report("GH0105", `metadata.annotations["${ALWAYS_REJECT}"]`, "has Istio refuse the object", "Take the annotation away.");
    }
    const trial = annotations[DRY_RUN];
    if (trial === undefined) {
        return;
    }
    const field = `metadata.annotations["${DRY_RUN}"]`;
    const action = isRecord(spec) && typeof spec.action === "string" ? spec.action : "ALLOW";
    if (kind !== "AuthorizationPolicy") {
        report("GH0105", field, `is not for a ${kind}; only an AuthorizationPolicy can be tried out`, "Take the annotation away.");
    } else if (action !== "ALLOW" && action !== "DENY") {
        report("GH0105", field, `goes with ALLOW and DENY, not with ${shownText(action)}`, "Take the annotation away.");
    } else if (goBool(trial) === undefined) {
        report("GH0104", field, `got ${shownText(trial)}, wanted \`true\` or \`false\``);
    }
}
