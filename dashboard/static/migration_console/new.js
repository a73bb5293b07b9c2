'use strict';
{
    const form = document.getElementById('mc-new');

    function boxes(root) {
        return [...root.querySelectorAll('input[name="models"]')];
    }

    // A tick for many: on, off, or neither when they differ.
    function reflect(tick, models) {
        const on = models.filter((box) => box.checked).length;
        tick.checked = on === models.length;
        tick.indeterminate = on > 0 && on < models.length;
    }

    function summarise() {
        const all = boxes(form);
        const on = all.filter((box) => box.checked);
        const rows = on.reduce((sum, box) => sum + Number(box.dataset.rows), 0);
        const output = document.getElementById('mc-summary');
        const about = on.some((box) => 'estimated' in box.dataset) ? '≈ ' : '';
        const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
        output.textContent = on.length === 0 ? form.dataset.unchecked : output.dataset.template
            .replace('{models}', numbers.format(on.length))
            .replace('{all}', numbers.format(all.length))
            .replace('{rows}', about + numbers.format(rows));
    }

    function refresh() {
        for (const body of form.querySelectorAll('tbody[data-app]')) {
            reflect(body.querySelector('[data-app-tick]'), boxes(body));
        }
        reflect(document.getElementById('mc-all'), boxes(form));
        summarise();
    }

    function start() {
        const all = document.getElementById('mc-all');
        for (const tick of [all, ...form.querySelectorAll('[data-app-tick]')]) {
            tick.hidden = false;
            tick.addEventListener('change', () => {
                const root = tick === all ? form : tick.closest('tbody');
                // A model with a problem is ticked one by one or not at all.
                for (const box of boxes(root)) {
                    box.checked = tick.checked && !box.closest('.mc-has-problem');
                }
                refresh();
            });
        }
        form.addEventListener('change', refresh);
        refresh();
    }

    if (form) {
        start();
    }
}
