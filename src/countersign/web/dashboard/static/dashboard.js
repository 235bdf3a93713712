// What a page can do more where scripts run. Everything works without.
(() => {
  "use strict";

  // Moments in the reader's time, with UTC beside them.
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const tellMoments = (root) => {
    for (const each of root.querySelectorAll("time[datetime]:not([title])")) {
      const when = new Date(each.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      each.title = each.textContent + " UTC";
      each.textContent = local.format(when);
    }
  };
  tellMoments(document);
  const zone = document.getElementById("zone");
  if (zone) zone.textContent = `times are yours (${local.resolvedOptions().timeZone}); pointing at one shows UTC`;
  document.addEventListener("htmx:after:swap", () => tellMoments(document));

  // Commands by single keys, which can be switched off.
  const KEYS = "countersign.single-keys";
  const box = document.getElementById("single-keys");
  let areOn = true;
  try {
    areOn = localStorage.getItem(KEYS) !== "off";
  } catch {
    // A browser that keeps nothing has them on.
  }
  if (box) {
    box.checked = areOn;
    box.addEventListener("change", () => {
      areOn = box.checked;
      try {
        localStorage.setItem(KEYS, areOn ? "on" : "off");
      } catch {
        // Then it holds for this page.
      }
    });
  }

  const entries = () => [...document.querySelectorAll("[data-entries] a.entry")];
  const move = (step) => {
    const all = entries();
    if (!all.length) return;
    const now = all.indexOf(document.activeElement);
    const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step;
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
  };
  const writes = (target) =>
    target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  let isGoing = false;
  document.addEventListener("keydown", (event) => {
    if (!areOn || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (isGoing) {
      isGoing = false;
      const entry = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
      if (entry) {
        event.preventDefault();
        entry.click();
      }
      return;
    }
    const commands = {
      j: () => move(1),
      k: () => move(-1),
      g: () => { isGoing = true; },
      "/": () => document.querySelector("[data-search]")?.focus(),
      t: () => {
        const text = document.querySelector("[data-text]");
        if (text) text.open = !text.open;
      },
    };
    const button = document.querySelector(`main button[data-hotkey="${CSS.escape(event.key)}"]`);
    if (button) {
      event.preventDefault();
      button.click();
      return;
    }
    const command = Object.hasOwn(commands, event.key) ? commands[event.key] : null;
    if (command) {
      event.preventDefault();
      command();
    }
  });
})();
