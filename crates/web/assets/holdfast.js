// An addition only: every page works without it. It hides the page behind a white sheet (Escape twice, or by itself where
// a child's record stands and nobody has touched the page for a while), brings what went wrong or was done into sight,
// leaves a page without a trace in the way back, and warns before a sign-in ends by itself, with a button that puts that off. It keeps
// nothing, and asks nothing of the network but when that button is pressed.
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

  // A sign-in ends when nothing is asked for a while. The page says when; this warns before, and lets it be put off.
  const warnBefore = 120;
  let ends = body.hasAttribute("data-stays") ? Date.now() + Number(body.dataset.stays) * 1000 : Infinity;
  let warning = null;
  let told = null;
  // What is said in the place of the warning: that there is no connection, or that a sign-in lasts no longer.
  let instead = "";
  let isLast = false;
  // What is said once it is known to be over. That its time is past does not tell: another page may have put it off.
  let over = "";

  const tell = (words, hasButton) => {
    if (!warning) {
      warning = document.createElement("div");
      warning.className = "stays";
      warning.setAttribute("role", "region");
      warning.setAttribute("aria-label", "Your sign-in");
      told = document.createElement("p");
      told.setAttribute("role", "alert");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "govuk-button";
      button.textContent = "Stay signed in";
      button.addEventListener("click", stay);
      warning.append(told, button);
      body.prepend(warning);
    }
    if (told.textContent !== words) {
      told.textContent = words;
    }
    const button = warning.querySelector("button");
    if (button && !hasButton) {
      button.remove();
    }
  };

  const until = () => {
    const place = document.querySelector("[data-until]");
    return place ? place.textContent : "";
  };

  const lookAtEnd = () => {
    const left = (ends - Date.now()) / 1000;
    if (over) {
      tell(over, false);
      return;
    }
    if (left > warnBefore) {
      return;
    }
    if (left > 0) {
      tell(instead || `You are signed out at ${until()} unless you go on. What you are writing is still on this page.`, !isLast);
    } else if (isLast) {
      tell("You may be signed out by now. What you wrote is still on this page: copy it before you leave the page, and sign in again.", false);
    } else {
      tell(instead || "You may be signed out by now. What you wrote is still on this page. Press “Stay signed in” to find out, or copy it before you leave the page.", true);
    }
  };

  const stay = async () => {
    try {
      const data = new URLSearchParams({ token: body.dataset.token });
      const answer = await fetch(body.dataset.stay, { method: "POST", body: data, redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        over = "You are signed out. What you wrote is still on this page: copy it before you leave the page, and sign in again.";
        lookAtEnd();
        return;
      }
      if (answer.status === 403) {
        over = "You signed in anew since this page was opened. What you wrote is still on it: copy it, and open the page again.";
        lookAtEnd();
        return;
      }
      if (!answer.ok) {
        throw new Error("not now");
      }
      const [seconds, time] = (await answer.text()).split(" ");
      ends = Date.now() + Number(seconds) * 1000;
      instead = "";
      for (const place of document.querySelectorAll("[data-until]")) {
        place.textContent = time;
      }
      if (Number(seconds) > warnBefore) {
        const hadFocus = warning.contains(document.activeElement);
        warning.remove();
        warning = null;
        if (hadFocus) {
          document.getElementById("main").focus({ preventScroll: true });
        }
      } else {
        isLast = true;
        instead = `A sign-in lasts no longer than until ${time}. Send or keep what you write now, and sign in again.`;
        lookAtEnd();
      }
    } catch {
      instead = "There is no connection just now. What you wrote is still on this page. Press the button again in a moment.";
      lookAtEnd();
    }
  };

  if (ends !== Infinity) {
    setInterval(lookAtEnd, 1000);
    document.addEventListener("visibilitychange", lookAtEnd);
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
