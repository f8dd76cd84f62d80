# @summary Installs unitward, gives it the policy of the machine, and lets Puppet itself go on.
#
# @param ensure
#   "installed", "latest", or a version.
# @param deb
#   A package, as a file's source: "puppet:///modules/site/unitward_0.1.0-1_amd64.deb" or a path. Without: the machine's own
#   repositories have it. One that is there is upgraded when `ensure` names another version.
# @param mode
#   audit: everything passes, and is recorded. enforce: done as decided.
# @param puppet
#   How Puppet is recognised on the machine: conditions of an actor, unitward.conf(5). As a service, all that it starts:
# @param puppet_units
#   What Puppet may: enable and start units, change the policy, say what is authorised; and bring units whose paths are these.
# @param profile
#   One of /usr/share/unitward/profiles, as policy.d/10-profile.conf.
# @param policies
#   Each NAME with the attributes of an unitward::policy.
# @param take_baseline
#   Authorise what is there when nobody has looked at it yet. Only for machines that this module has set up from the beginning:
#   what was planted before is authorised with it.
# @param metrics
#   The collector's timer: prometheus-node-exporter has to be there.
class unitward (
  String[1]             $ensure        = 'installed',
  Optional[String[1]]   $deb           = undef,
  Enum[audit, enforce]  $mode          = 'audit',
  String[1]             $puppet        = 'unit = [ "puppet.service" ]; uid = [ 0 ]; descendants = true;',
  Array[String[1], 1]   $puppet_units  = ['/etc/systemd/system/**'],
  Optional[Pattern[/\A[a-z-]+\z/]] $profile = undef,
  Hash[String[1], Hash] $policies      = {},
  Boolean               $take_baseline = false,
  Boolean               $metrics       = false,
) {
  contain unitward::install
  contain unitward::profile
  contain unitward::configure

  Class['unitward::install'] -> Class['unitward::profile'] -> Class['unitward::configure']
}
