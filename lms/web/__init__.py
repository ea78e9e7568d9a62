"""The page shell: guards, fragments, error pages, security headers, formats and static files."""
