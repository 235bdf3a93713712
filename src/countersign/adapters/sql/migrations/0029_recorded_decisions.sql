-- PostgreSQL's function that records decisions: see its migration of this number. Nothing changes here.
SELECT 1;
