// The editor: CodeMirror in a shadow root, where its styles are sheets of the document object model, which the
// policy of the page allows; in the document itself they would be a style element, which it forbids.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { linter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { NodeType, Tree } from "@lezer/common";
import { tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { refined } from "./faults.js";
import { offsetOf } from "./text.js";
import { _ } from "./words.js";

const THEME = EditorView.theme({
  "&": { border: "1px solid var(--soft)", borderRadius: "2px", fontSize: ".875rem", color: "var(--ink)", backgroundColor: "var(--paper)" },
  "&.cm-focused": { outline: "2px solid var(--fact)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "10rem", maxHeight: "max(12rem, 42vh)", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--soft)", borderRight: "1px solid var(--rule)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--hit)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--hit)", outline: "1px solid var(--line)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--soft)", maxWidth: "calc(100vw - 2rem)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: ".8125rem", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".15rem .5rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--fact)", color: "var(--paper)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", color: "var(--soft)", marginLeft: "1em" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--paper)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: ".8125rem", borderLeft: "3px solid var(--claim)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--claim) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--claim)" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--fact)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.string, tags.integer, tags.float, tags.bool], color: "var(--claim)" },
  { tag: [tags.url, tags.namespace, tags.typeName, tags.variableName], color: "var(--ink)" },
]);

/**
 * The language of the editor. Its parser makes the tree by recursion, and what is nested too deep for the stack of a
 * browser would make every change of the text fail: such a text has no tree, and is shown without colours.
 */
const LANGUAGE = new LanguageSupport(SparqlLanguage.configure({ wrap: (parse, { length }) => new BoundedParse(parse, length) }));

class BoundedParse {
  constructor(parse, length) {
    Object.assign(this, { parse, length });
  }

  get parsedPos() {
    return this.parse.parsedPos;
  }

  get stoppedAt() {
    return this.parse.stoppedAt;
  }

  stopAt(position) {
    this.parse.stopAt(position);
  }

  advance() {
    try {
      return this.parse.advance();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return new Tree(NodeType.none, [], [], this.length);
    }
  }
}

/** Return the texts that CodeMirror shows or reads aloud, by its English ones. */
function phrases() {
  return {
    Completions: _("Completions"),
    "Control character": _("Control character"),
    "Selection deleted": _("Selection deleted"),
    Diagnostics: _("Errors"),
    "No diagnostics": _("No errors"),
    close: _("close"),
  };
}

/** Open an editor in `parent`. `options` are {text, run, check, complete, change}; `check` finds a syntax error. */
export function openEditor(parent, { text, run, check, complete, change }) {
  const root = parent.attachShadow({ mode: "open" });
  const findFault = async (view) => {
    const text = view.state.doc.toString();
    const fault = text.trim() ? refined(text, await check(text)) : null;
    return fault ? [diagnostic(view, fault)] : [];
  };
  const state = EditorState.create({
    doc: text,
    extensions: [
      keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }]),
      EditorState.phrases.of(phrases()),
      lineNumbers(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentUnit.of("  "),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60 }),
      LANGUAGE,
      syntaxHighlighting(COLOURS),
      linter(findFault, { delay: 500 }),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": _("Query"), tabindex: "0", "aria-describedby": "keys", spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of((update) => update.docChanged && change()),
      THEME,
    ],
  });
  const view = new EditorView({ state, parent: root, root });
  const keys = document.createElement("span");
  keys.id = "keys";
  keys.hidden = true;
  keys.textContent = _("Tab leaves the editor, Control and Enter run the query, Control and Space complete.");
  root.append(keys);
  return {
    view,
    text: () => view.state.doc.toString(),
    setText(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    /** Mark a fault at its place, and go there. */
    show(fault) {
      if (!fault.line) return;
      const mark = diagnostic(view, fault);
      view.dispatch(setDiagnostics(view.state, [mark]), { selection: { anchor: mark.from }, scrollIntoView: true });
    },
  };
}

function diagnostic(view, { message, line, column }) {
  const text = view.state.doc.toString();
  const from = line ? Math.min(offsetOf(text, line, column), text.length) : 0;
  const rest = /^[\p{L}\p{N}_:?$.-]+|^\S/u.exec(text.slice(from));
  const placed = line ? _("Line {line}, column {column}: {message}", { line, column, message }) : message;
  return { from, to: from + (rest?.[0].length ?? 0), severity: "error", message: placed };
}
