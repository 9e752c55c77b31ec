// An addition only: every page works without it. It hides the page behind a white sheet (Escape twice, or by itself where
// a child's record stands and nobody has touched the page for a while), brings what went wrong or was done into sight,
// and leaves a page without a trace in the way back. It keeps nothing and asks nothing of the network.
"use strict";
(() => {
  const root = document.documentElement;
  const body = document.body;
  const twice = 1000;
  let sheet = null;
  let returnTo = null;
  let title = "";
  let lastEscape = -Infinity;

  const hide = () => {
    if (sheet) {
      return;
    }
    returnTo = document.activeElement;
    title = document.title;
    document.title = "Holdfast";
    sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.setAttribute("role", "dialog");
    sheet.setAttribute("aria-modal", "true");
    sheet.setAttribute("aria-label", "The page is hidden");
    sheet.tabIndex = -1;
    const words = document.createElement("p");
    words.textContent = "Press Escape twice to show it again";
    const show = document.createElement("button");
    show.type = "button";
    show.className = "govuk-button govuk-button--secondary";
    show.textContent = "Show the page";
    show.addEventListener("click", uncover);
    sheet.append(words, show);
    for (const part of body.children) {
      part.inert = true;
    }
    body.append(sheet);
    root.classList.add("is-hidden");
    sheet.focus();
  };

  const uncover = () => {
    if (!sheet) {
      return;
    }
    sheet.remove();
    sheet = null;
    root.classList.remove("is-hidden");
    for (const part of body.children) {
      part.inert = false;
    }
    document.title = title;
    if (returnTo && returnTo !== body) {
      returnTo.focus({ preventScroll: true });
    }
    touched();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing) {
      return;
    }
    const isSecond = event.timeStamp - lastEscape <= twice;
    lastEscape = isSecond ? -Infinity : event.timeStamp;
    if (isSecond) {
      (sheet ? uncover : hide)();
    }
  }, true);

  // The time is looked at rather than waited for in one piece: a computer that slept wakes up hidden.
  const idle = body.hasAttribute("data-hides") ? Number(body.dataset.idle) * 1000 : 0;
  let lastTouch = Date.now();
  const touched = () => {
    lastTouch = Date.now();
  };
  if (idle > 0) {
    const hideIfIdle = () => {
      if (Date.now() - lastTouch >= idle) {
        hide();
      }
    };
    for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart", "input"]) {
      document.addEventListener(kind, () => {
        hideIfIdle();
        touched();
      }, { capture: true, passive: true });
    }
    setInterval(hideIfIdle, Math.min(idle, 1000));
    document.addEventListener("visibilitychange", hideIfIdle);
  }

  const first = document.querySelector(".govuk-error-summary, .govuk-notification-banner[role=alert]");
  if (first) {
    first.tabIndex = -1;
    first.focus();
  }

  // The page left in a hurry is not one step back.
  for (const way of document.querySelectorAll(".govuk-exit-this-page__button")) {
    way.addEventListener("click", (event) => {
      event.preventDefault();
      body.hidden = true;
      location.replace(way.href);
    });
  }
})();
