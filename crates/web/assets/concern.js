// An addition only: without it a form is sent as any form is. Where the line is down when somebody sends, the words stay on the page and
// are sent again by themselves; the form's number keeps that from making two concerns. While somebody writes, what stands in the form is
// kept sealed on the server now and then. Nothing is kept on this device.
"use strict";
(() => {
  const again = 5000;
  const keepEvery = 30000;

  const told = (form, words) => {
    const place = form.querySelector("[data-told]");
    if (place) {
      place.textContent = words;
    }
  };

  const body = (form, submitter) => {
    const data = new URLSearchParams(new FormData(form));
    if (submitter && submitter.name) {
      data.append(submitter.name, submitter.value);
    }
    return data;
  };

  for (const form of document.querySelectorAll("form[data-sends]")) {
    let isSending = false;
    let kept = body(form).toString();

    const send = async (submitter) => {
      try {
        const answer = await fetch(form.action, { method: "POST", body: body(form, submitter), redirect: "manual" });
        if (answer.status === 503) {
          throw new Error("not now");
        }
        if (answer.type === "opaqueredirect" && form.dataset.sends) {
          location.assign(form.dataset.sends);
          return;
        }
        // It answers: the browser sends it once more and shows what it says. A form that was taken makes nothing twice.
        if (submitter && submitter.name) {
          const pressed = document.createElement("input");
          pressed.type = "hidden";
          pressed.name = submitter.name;
          pressed.value = submitter.value;
          form.append(pressed);
        }
        HTMLFormElement.prototype.submit.call(form);
      } catch {
        told(form, "It was not sent yet: there is no connection. Your words are still on this page. It is sent again by itself; leave the page open. In danger, ring 999.");
        setTimeout(() => send(submitter), again);
      }
    };

    form.addEventListener("submit", (event) => {
      // A button that leads elsewhere sends nothing to where the form sends: the browser follows it.
      if (event.submitter && event.submitter.hasAttribute("formaction")) {
        return;
      }
      event.preventDefault();
      if (isSending) {
        return;
      }
      isSending = true;
      send(event.submitter);
    });

    const keep = async () => {
      const now = body(form).toString();
      if (isSending || now === kept) {
        return;
      }
      try {
        const answer = await fetch("/concerns/new/keep", { method: "POST", body: new URLSearchParams(now) });
        if (answer.status === 204) {
          kept = now;
          told(form, "What you have written so far is kept for you.");
        }
      } catch {
        told(form, "There is no connection just now. Your words are still on this page.");
      }
    };
    if (form.dataset.keeps) {
      setInterval(keep, keepEvery);
    }
  }
})();
