'use strict';
{
    const QUIET = 30000; // milliseconds: the longest wait between two attempts
    const TIMEOUT = 20000; // milliseconds that an answer may take
    const trouble = document.getElementById('mc-trouble');
    const announce = document.getElementById('mc-announce');
    let timer = null;
    let running = null;
    let failures = 0;

    function current() {
        return document.getElementById('mc-run');
    }

    // Nodes that match stay the nodes they are: what has the focus keeps it,
    // an opened menu stays open, and a click between two looks is not lost.
    function matches(old, fresh) {
        return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName &&
            (old.id || '') === (fresh.id || '');
    }

    function keeps(element, name) {
        return (name === 'open' && element.nodeName === 'DETAILS') ||
            (name === 'value' && element.nodeName === 'INPUT');
    }

    function copyAttributes(old, fresh) {
        for (const {name} of [...old.attributes]) {
            if (!fresh.hasAttribute(name) && !keeps(old, name)) {
                old.removeAttribute(name);
            }
        }
        for (const {name, value} of [...fresh.attributes]) {
            if (old.getAttribute(name) !== value && !keeps(old, name)) {
                old.setAttribute(name, value);
            }
        }
    }

    function morph(old, fresh) {
        if (old.nodeType !== Node.ELEMENT_NODE) {
            if (old.nodeValue !== fresh.nodeValue) {
                old.nodeValue = fresh.nodeValue;
            }
            return;
        }
        copyAttributes(old, fresh);
        morphChildren(old, fresh);
    }

    function morphChildren(old, fresh) {
        let at = old.firstChild;
        for (const node of [...fresh.childNodes]) {
            let match = at;
            while (match && !matches(match, node)) {
                match = match.nextSibling;
            }
            if (!match) {
                old.insertBefore(node, at);
                continue;
            }
            while (at !== match) {
                const gone = at;
                at = at.nextSibling;
                gone.remove();
            }
            morph(match, node);
            at = match.nextSibling;
        }
        while (at) {
            const gone = at;
            at = at.nextSibling;
            gone.remove();
        }
    }

    function show(html) {
        const fresh = new DOMParser().parseFromString(html, 'text/html').getElementById('mc-run');
        if (!fresh) {
            throw new Error('not a run');
        }
        // Another view is another page: a plan instead of its checks, or a run.
        if (fresh.dataset.view !== current().dataset.view) {
            location.replace(trouble.dataset.link);
            return;
        }
        const milestone = current().dataset.milestone;
        morph(current(), fresh);
        tell();
        if (current().dataset.milestone !== milestone) {
            announce.textContent = current().dataset.milestone;
        }
    }

    function tell() {
        document.title = current().dataset.title;
    }

    // Written only when it changes: an alert is read aloud each time.
    function complain(text, link) {
        if (trouble.dataset.shown === text) {
            return;
        }
        trouble.dataset.shown = text;
        trouble.replaceChildren();
        const line = document.createElement('p');
        if (link) {
            const anchor = document.createElement('a');
            anchor.href = link;
            anchor.textContent = text;
            line.append(anchor);
        } else {
            line.textContent = text;
        }
        trouble.append(line);
        trouble.hidden = !text;
    }

    class SignedOut extends Error {}
    class Forbidden extends Error {}
    class Unavailable extends Error {}

    async function look() {
        running = new AbortController();
        const clock = setTimeout(() => running.abort(), TIMEOUT);
        try {
            // A redirect is the way to the sign-in page; followed, it would
            // bring that page's form in here.
            const answer = await fetch(current().dataset.poll, {
                headers: {'X-Requested-With': 'XMLHttpRequest'},
                redirect: 'manual',
                cache: 'no-store',
                signal: running.signal,
            });
            if (answer.type === 'opaqueredirect' || answer.status === 401) {
                throw new SignedOut();
            }
            if (answer.status === 403) {
                throw new Forbidden();
            }
            if (answer.status === 503 && answer.headers.get('Content-Type')?.startsWith('text/plain')) {
                throw new Unavailable(await answer.text());
            }
            if (!answer.ok) {
                throw new Error(answer.statusText);
            }
            show(await answer.text());
        } finally {
            clearTimeout(clock);
            running = null;
        }
    }

    function explain(error) {
        if (error instanceof SignedOut) {
            complain(trouble.dataset.signedOut, trouble.dataset.link);
        } else if (error instanceof Forbidden) {
            complain(trouble.dataset.forbidden, trouble.dataset.link);
        } else if (error instanceof Unavailable) {
            complain(error.message, '');
        } else if (failures > 1) {
            complain(trouble.dataset.offline, '');
        }
    }

    async function turn() {
        timer = null;
        try {
            await look();
            failures = 0;
            complain('', '');
        } catch (error) {
            if (document.hidden) {
                return;
            }
            failures += 1;
            explain(error);
        }
        plan();
    }

    function plan() {
        const interval = Number(current().dataset.interval);
        if (!current().dataset.poll || document.hidden || timer || running) {
            return;
        }
        timer = setTimeout(turn, Math.min(interval * 2 ** Math.min(failures, 6), QUIET));
    }

    document.addEventListener('visibilitychange', () => {
        if (document.hidden) {
            clearTimeout(timer);
            timer = null;
            running?.abort();
        } else if (current().dataset.poll && !running) {
            clearTimeout(timer);
            turn();
        }
    });

    document.addEventListener('keydown', (event) => {
        const open = event.key === 'Escape' && document.querySelector('.mc-second[open]');
        if (open) {
            open.open = false;
            open.querySelector('summary').focus();
        }
    });

    tell();
    plan();
}
