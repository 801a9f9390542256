/** A part of the page that is shown by itself. */
import type { Shown } from "./place";

export interface OpenView {
    readonly root: HTMLElement;
    /** Asks the proxy again. Rejects when it does not answer. */
    readonly refresh?: () => Promise<void>;
    readonly everyMs?: number;
    readonly close?: () => void;
}

export interface View {
    readonly name: string;
    readonly title: string;
    readonly open: (place: Shown) => OpenView;
}
