/** What was changed last, and what was rejected. */
import type { AppliedChange, ChangesReport, Reject } from "../../proxy/admin/changes";
import { ask } from "../ask";
import { element } from "../dom";
import { Table } from "../table";
import type { OpenView, View } from "../view";

const EVERY_MS = 3_000;

export const changesView: View = { name: "changes", title: "Changes", open: openChanges };

function openChanges(): OpenView {
    const rejects = new Table<Reject>("Rejects", [
        { title: "When", cell: ({ at }) => timeText(at) },
        { title: "What", cell: ({ kind }) => ({ text: kind, tone: kind === "resolved" ? "good" : "bad" }) },
        { title: "Object", cell: ({ object, field }) => (object ? `${objectText(object)} ${field ?? ""}` : "") },
        { title: "Reason", cell: ({ reason, code }) => `${code === undefined ? "" : `${code} `}${reason}` },
        { title: "What to do", cell: ({ fix }) => fix ?? "" },
    ]);
    const changes = new Table<AppliedChange>("Changes that came into force", [
        { title: "When", cell: ({ at }) => timeText(at) },
        { title: "Version", isNumber: true, cell: ({ version }) => String(version) },
        { title: "Objects", cell: objectsText },
        { title: "Entries", cell: ({ tables }) => Object.entries(tables).map(entriesText).join(", ") },
    ]);
    const noRejects = element("p", { class: "note" }, "Nothing was rejected.");
    const root = element(
        "div",
        {},
        element("p", { class: "lead" }, "What came into force since this proxy began, what did not and why, the newest first."),
        element("h2", {}, "Rejected"),
        noRejects,
        rejects.root,
        element("h2", {}, "In force"),
        changes.root,
    );
    const refresh = async (): Promise<void> => {
        const report = await ask<ChangesReport>("changes");
        changes.show(report.changes);
        rejects.show(report.rejects);
        rejects.root.hidden = report.rejects.length === 0;
        noRejects.hidden = report.rejects.length > 0;
    };
    return { root, refresh, everyMs: EVERY_MS };
}

function timeText(at: string): string {
    return new Date(at).toLocaleString();
}

function objectText({ kind, namespace, name }: AppliedChange["objects"][number]): string {
    return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}

function objectsText({ objects, more, times, version }: AppliedChange): string {
    if (objects.length === 0) return version === 1 ? "everything, for the first time" : "what belongs to no object";
    const names = `${objects.map(objectText).join(", ")}${more > 0 ? `, ${more} more` : ""}`;
    return times > 1 ? `${names} (endpoints, ${times} times)` : names;
}

function entriesText([table, { set, removed }]: [string, { readonly set: number; readonly removed: number }]): string {
    const parts = [...(set > 0 ? [`${set} set`] : []), ...(removed > 0 ? [`${removed} removed`] : [])];
    return `${table}: ${parts.join(", ")}`;
}
