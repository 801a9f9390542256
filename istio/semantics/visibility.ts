/**
 * Who sees an object: `exportTo` names namespaces, `.` the object's own, `*` all, `~` none. A Service says it in an
 * annotation. Nothing said means everywhere, as the mesh's configuration has it by default.
 */

type ExportTo = readonly (string | undefined)[] | undefined;

export const EVERYWHERE = "*";

/** Bears a Service's `exportTo`, its entries parted by commas. */
const ANNOTATION = "networking.istio.io/exportTo";

export function exportToOfService(annotations: Readonly<Record<string, string>> | undefined): readonly string[] {
    const text = annotations?.[ANNOTATION] ?? "";
    return text === "" ? [] : text.split(",").map((one) => one.trim());
}

/** The namespaces that see an object of `owner`: `*` alone, or names, `~` being none's. */
export function scopesOf(exportTo: ExportTo, owner: string): readonly string[] {
    const named = (exportTo ?? []).filter((entry) => entry !== undefined);
    if (named.length === 0 || named.includes(EVERYWHERE)) {
        return [EVERYWHERE];
    }
    return [...new Set(named.map((entry) => (entry === "." ? owner : entry)))];
}

/** Whether an object of `owner` reaches `namespace`. */
export function isExportedTo(exportTo: ExportTo, owner: string, namespace: string): boolean {
    return (
        exportTo === undefined ||
        exportTo.length === 0 ||
        exportTo.some((one) => one === EVERYWHERE || one === namespace || (one === "." && owner === namespace))
    );
}
