/** A view of a list that the proxy searches and sends in parts. */
import type { Part } from "../proxy/admin/page/rows";
import { ask } from "./ask";
import { element, setText } from "./dom";
import { hrefOf, noteFragment, type Shown } from "./place";
import { Table, type Column, type Order } from "./table";
import type { OpenView, View } from "./view";

const COUNT = 50;
const TYPING_MS = 250;

export interface ListView<Row> {
    readonly name: string;
    readonly title: string;
    readonly lead: string;
    readonly searchFor: string;
    readonly empty: string;
    readonly everyMs: number;
    readonly columns: readonly Column<Row>[];
}

export function listView<Row>(list: ListView<Row>): View {
    return { name: list.name, title: list.title, open: (place) => openList(list, place) };
}

function openList<Row>({ name, title, lead, searchFor, empty, everyMs, columns }: ListView<Row>, place: Shown): OpenView {
    let search = place.values.get("search") ?? "";
    let from = Number(place.values.get("from") ?? 0) || 0;
    let order: Order = { field: place.values.get("sort") ?? "", isDescending: place.values.get("order") === "descending" };
    const sortBy = (chosen: Order): void => {
        order = chosen;
        showOrder();
        turn(0);
    };
    const table = new Table(title, columns, (field) => sortBy(orderAfter(order, field)));
    const choice = sortChoice(columns, sortBy);
    const showOrder = (): void => {
        table.showOrder(order);
        choice.value = order.field === "" ? "" : `${order.field} ${order.isDescending ? "descending" : "ascending"}`;
    };
    showOrder();
    const input = element("input", { type: "search", value: search, autocomplete: "off", spellcheck: "false" });
    const form = element("form", { role: "search" }, element("label", { class: "wide" }, searchFor, input));
    const where = element("p", { role: "status" });
    const before = element("button", { type: "button" }, "Previous");
    const next = element("button", { type: "button" }, "Next");
    const root = element(
        "div",
        {},
        element("p", { class: "lead" }, lead),
        form,
        element("label", { class: "sorting" }, "Sort by ", choice),
        element("div", { class: "pager" }, where, before, next),
        table.root,
    );

    /** What was asked for last is what is shown, however the answers come. */
    let asked = 0;
    const refresh = async (): Promise<void> => {
        const mine = ++asked;
        const values = new URLSearchParams({ search, from: String(from), count: String(COUNT), ...orderValues(order) });
        const part = await ask<Part<Row>>(`page/${name}`, values);
        if (mine !== asked) return;
        from = part.from;
        table.show(part.rows);
        table.root.hidden = part.rows.length === 0;
        setText(where, whereText(part, search, empty));
        before.disabled = part.from === 0;
        next.disabled = part.from + part.rows.length >= part.total;
    };
    const turn = (to: number): void => {
        from = Math.max(0, to);
        noteFragment(hrefOf(name, { search, from: from === 0 ? "" : String(from), ...orderValues(order) }));
        void refresh().catch(() => undefined);
    };
    before.addEventListener("click", () => turn(from - COUNT));
    next.addEventListener("click", () => turn(from + COUNT));
    let typing = 0;
    input.addEventListener("input", () => {
        clearTimeout(typing);
        typing = setTimeout(() => {
            search = input.value.trim();
            turn(0);
        }, TYPING_MS);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    return { root, refresh, everyMs, close: () => clearTimeout(typing) };
}

/** Of the head of a column: upwards, downwards, and as it was. */
function orderAfter(order: Order, field: string): Order {
    if (order.field !== field) return { field, isDescending: false };
    return order.isDescending ? { field: "", isDescending: false } : { field, isDescending: true };
}

function orderValues({ field, isDescending }: Order): Record<string, string> {
    return { ...(field === "" ? {} : { sort: field }), ...(isDescending ? { order: "descending" } : {}) };
}

/** Where there is no room for heads of columns. */
function sortChoice<Row>(columns: readonly Column<Row>[], onChoice: (order: Order) => void): HTMLSelectElement {
    const options = columns.flatMap(({ title, sort }) =>
        sort === undefined
            ? []
            : ["ascending", "descending"].map((way) => element("option", { value: `${sort} ${way}` }, `${title}, ${way}`)),
    );
    const choice = element("select", {}, element("option", { value: "" }, "as it comes"), ...options);
    choice.addEventListener("change", () => {
        const [field = "", way] = choice.value.split(" ");
        onChoice({ field, isDescending: way === "descending" });
    });
    return choice;
}

function whereText({ total, from, rows }: Part<unknown>, search: string, empty: string): string {
    if (total === 0) return search === "" ? empty : "Nothing is found.";
    const of = total.toLocaleString("en");
    return rows.length === total
        ? `${of} in all`
        : `${(from + 1).toLocaleString("en")} to ${(from + rows.length).toLocaleString("en")} of ${of}`;
}
