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

/** What is named; a part that can't be read names nobody. */
function named(exportTo: ExportTo): readonly string[] {
    return (exportTo ?? []).filter((entry) => entry !== undefined);
}

/** Whether nothing is said, or everybody is named. */
export function isExportedToAll(exportTo: ExportTo): boolean {
    const names = named(exportTo);
    return names.length === 0 || names.includes(EVERYWHERE);
}

/** The namespaces that see an object of `owner`: `*` alone, or names, `~` being none's. */
export function scopesOf(exportTo: ExportTo, owner: string): readonly string[] {
    return isExportedToAll(exportTo) ? [EVERYWHERE] : [...new Set(named(exportTo).map((entry) => (entry === "." ? owner : entry)))];
}

/** Whether an object of `owner` reaches `namespace`. */
export function isExportedTo(exportTo: ExportTo, owner: string, namespace: string): boolean {
    return isExportedToAll(exportTo) || named(exportTo).some((one) => one === namespace || (one === "." && owner === namespace));
}
