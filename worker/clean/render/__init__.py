"""Write what was kept: as text, as Markdown, as HTML."""
