"""How rows become numbers: definitions, the catalogue, measures, scores, publishing.

Each KPI is declared once, in the module of its subject; everything else is computed from the declaration. Holds no
rules about time and work (those are in ``maintenance``) and nothing about how numbers look.
"""
