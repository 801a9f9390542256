/** A table that is changed in its place: what has the focus keeps it while figures move. */
import { drawn, element, readable, setAttribute, setText } from "./dom";
import { MOST_POINTS } from "./rates";

export type Tone = "good" | "warn" | "bad";

export interface CellShown {
    readonly text: string;
    readonly href?: string;
    readonly tone?: Tone | undefined;
    /** A line of what it was, left of the text. */
    readonly points?: readonly number[];
}

export interface Column<Row> {
    readonly title: string;
    readonly isNumber?: true;
    /** By which field of it rows are sorted. */
    readonly sort?: keyof Row & string;
    readonly cell: (row: Row) => string | CellShown;
}

/** `descending` is never said without a field. */
export interface Order {
    readonly field: string;
    readonly isDescending: boolean;
}

export class Table<Row> {
    readonly root: HTMLTableElement;
    readonly #columns: readonly Column<Row>[];
    readonly #body: HTMLTableSectionElement;
    readonly #heads: readonly HTMLTableCellElement[];

    /** Roles stand in the markup too: on a narrow screen its parts are shown as blocks, and are a table all the same. */
    constructor(name: string, columns: readonly Column<Row>[], onSort: (field: string) => void = () => undefined) {
        this.#columns = columns;
        this.#body = element("tbody", { role: "rowgroup" });
        this.#heads = columns.map(({ title, isNumber, sort }) => {
            const head = element("th", { scope: "col", role: "columnheader", ...(isNumber ? { class: "number" } : {}) });
            if (sort === undefined) head.append(title);
            else {
                const button = element("button", { type: "button", class: "sort" }, title);
                button.addEventListener("click", () => onSort(sort));
                // Where there is no room for heads, their names are for those who hear them, and nothing there takes the focus.
                head.append(button, element("span", { class: "column" }, title));
            }
            return head;
        });
        const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...this.#heads));
        this.root = element("table", { role: "table", "aria-label": name }, head, this.#body);
    }

    /** Says by what the rows are sorted. */
    showOrder({ field, isDescending }: Order): void {
        for (const [at, { sort }] of this.#columns.entries())
            if (sort !== undefined)
                setAttribute(this.#heads[at]!, "aria-sort", sort !== field ? "none" : isDescending ? "descending" : "ascending");
    }

    show(rows: readonly Row[]): void {
        while (this.#body.rows.length > rows.length) this.#body.rows[this.#body.rows.length - 1]!.remove();
        for (const [at, row] of rows.entries()) this.#showRow(this.#body.rows[at] ?? this.#addRow(), row);
    }

    #addRow(): HTMLTableRowElement {
        const cells = this.#columns.map(({ title, isNumber }) =>
            element("td", { role: "cell", "data-title": title, ...(isNumber ? { class: "number" } : {}) }, element("div")),
        );
        const row = element("tr", { role: "row" }, ...cells);
        this.#body.append(row);
        return row;
    }

    #showRow(shown: HTMLTableRowElement, row: Row): void {
        for (const [at, { cell }] of this.#columns.entries()) {
            const value = cell(row);
            showCell(shown.cells[at]!.firstElementChild as HTMLElement, typeof value === "string" ? { text: value } : value);
        }
    }
}

function showCell(place: HTMLElement, { text, href, tone, points }: CellShown): void {
    const wanted = href === undefined ? "SPAN" : "A";
    let shown = place.lastElementChild as HTMLElement | null;
    if (shown?.tagName !== wanted) {
        const made = href === undefined ? element("span") : element("a");
        if (shown) shown.replaceWith(made);
        else place.append(made);
        shown = made;
    }
    setText(shown, readable(text));
    setAttribute(shown, "href", href);
    setAttribute(shown, "class", tone);
    if (points !== undefined) showPoints(place, points);
}

const WIDTH = 110;
const HEIGHT = 24;

/** Beside a text that says the last of it: nobody has to see it. */
export function showPoints(place: HTMLElement, points: readonly number[]): void {
    let line = place.querySelector("polyline");
    if (!line) {
        line = drawn("polyline");
        place.prepend(drawn("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, line));
    }
    const most = Math.max(...points, 0.001);
    const step = WIDTH / (MOST_POINTS - 1);
    setAttribute(
        line,
        "points",
        points
            .map(
                (point, at) =>
                    `${((MOST_POINTS - points.length + at) * step).toFixed(1)},${(HEIGHT - 2 - (point / most) * (HEIGHT - 4)).toFixed(1)}`,
            )
            .join(" "),
    );
}
