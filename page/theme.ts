/** The colours that somebody chose, kept in this browser where it keeps anything. */
const KEY = "gatehouse-colours";

export function startTheme(select: HTMLSelectElement): void {
    select.value = kept();
    apply(select.value);
    select.addEventListener("change", () => {
        apply(select.value);
        try {
            localStorage.setItem(KEY, select.value);
        } catch {
            // A browser that keeps nothing forgets it with the page.
        }
    });
}

function kept(): string {
    try {
        const value = localStorage.getItem(KEY) ?? "";
        return value === "light" || value === "dark" ? value : "";
    } catch {
        return "";
    }
}

function apply(theme: string): void {
    if (theme === "") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
}
